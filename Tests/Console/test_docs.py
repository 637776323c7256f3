"""The page at /docs/: Swagger UI, from which each request can be tried."""

import json

from fixture import ConsoleTest, browser, server
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys


class TryingTheAPI(ConsoleTest):
    def setUp(self):
        super().setUp()
        browser.get(f"{server.url}/docs/")
        browser.shown(".opblock-summary-path", "/openapi.json")

    def operations(self):
        """Where on the page each stands, by its name in the document."""
        paths = server.send("GET", "/openapi.json")[1]["paths"].values()
        return {operation["operationId"]: f"#operations-{operation['tags'][0]}-{operation['operationId']}"
                for path in paths for operation in path.values()}

    def authorize(self, name):
        browser.press("Authorize", ".auth-wrapper")
        browser.shown(".auth-container input").send_keys(server.secrets[name])
        browser.press("Authorize", ".auth-container")
        browser.press("Close", ".auth-container")

    def type_body(self, block, body):
        area = browser.shown(f"{block} textarea.body-param__text")
        area.send_keys(Keys.CONTROL, "a")
        area.send_keys(json.dumps(body))

    def execute(self, block, status):
        """What stands there; the answer has this status."""
        browser.press("Execute", block)
        browser.shown(f"{block} .live-responses-table td.response-col_status", status)

    def answer(self, block, status):
        self.execute(block, status)
        return json.loads(browser.shown(f"{block} .live-responses-table td .microlight").text)

    def test_sends_what_is_typed_with_the_key_that_was_given(self):
        block = self.operations()["identify"]
        browser.press("", f"{block} .opblock-summary")
        self.type_body(block, {"email": "doc@docs.example", "phoneNumber": "8820001"})
        self.assertIn("API key", self.answer(block, "401")["detail"])
        self.authorize("shop")
        self.assertEqual(self.answer(block, "200")["contact"]["emails"], ["doc@docs.example"])

    def test_has_each_operation_and_sends_its_example(self):
        self.customers_of(("a@docs.example", None), ("b@docs.example", None))
        self.authorize("engineer")
        operations = self.operations()
        blocks = browser.find_elements(By.CSS_SELECTOR, ".opblock")
        self.assertCountEqual([f"#{block.get_attribute('id')}" for block in blocks], operations.values())
        for name, block in operations.items():
            with self.subTest(operation=name):
                browser.press("", f"{block} .opblock-summary")
                if name == "correct":
                    corrected = self.answer(block, "200")["correction"]["id"]
                elif name == "undoCorrections":
                    self.type_body(block, {"ids": [corrected]})
                    self.execute(block, "200")
                else:
                    self.execute(block, "200")
                # A page on which all are open is slow.
                browser.press("", f"{block} .opblock-summary")
