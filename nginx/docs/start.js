"use strict";

SwaggerUIBundle({
    dom_id: "#api",
    url: "/openapi.json",
    deepLinking: true,
    displayRequestDuration: true,
    tryItOutEnabled: true,
    // Else the address of this page goes to a validator of Swagger's.
    validatorUrl: null,
});
