internal import API
internal import FastCGI

// What the API takes and gives, as FastCGI carries it: the only place that knows both.

extension Request {
    /// Reads the whole request.
    init(_ exchange: borrowing Exchange) {
        let (origin, site) = (exchange.parameter("HTTP_ORIGIN"), exchange.parameter("HTTP_SEC_FETCH_SITE"))
        let isOfPage = origin != nil || site != nil
        self.init(
            method: exchange.parameter("REQUEST_METHOD") ?? "", path: exchange.parameter("SCRIPT_NAME") ?? "",
            query: exchange.parameter("QUERY_STRING") ?? "",
            body: Body(exchange.body(limit: Request.maximumBodySize)), contentType: exchange.parameter("CONTENT_TYPE"),
            authorization: exchange.parameter("HTTP_AUTHORIZATION"), givenID: exchange.parameter("HTTP_X_REQUEST_ID"),
            page: isOfPage
                ? Page(
                    origin: origin, fetchSite: site, host: exchange.parameter("HTTP_HOST"),
                    preflightMethod: exchange.parameter("HTTP_ACCESS_CONTROL_REQUEST_METHOD")) : nil,
            isAbandoned: exchange.isAbandoned)
    }
}

extension Request.Body {
    fileprivate init(_ body: Exchange.Body) {
        self =
            switch body {
            case .whole(let bytes): .whole(bytes)
            case .tooLarge: .tooLarge
            case .truncated: .truncated
            }
    }
}

extension FastCGI.Response {
    init(_ response: API.Response) {
        self.init(status: response.status, reason: response.reason, headers: response.headers, body: response.body)
    }
}
