"""The page at /docs/: Swagger UI, from which each request can be tried."""

import json

from fixture import ConsoleTest, browser, server
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

BLOCK = "#operations-customers-identify"


class TryingTheAPI(ConsoleTest):
    def answer(self, status):
        """To the order that stands there, with this status."""
        browser.press("Execute", BLOCK)
        browser.shown(f"{BLOCK} .live-responses-table td.response-col_status", status)
        return json.loads(browser.shown(f"{BLOCK} .live-responses-table td .microlight").text)

    def test_shows_every_operation_and_sends_what_is_tried_with_the_key_that_was_given(self):
        browser.get(f"{server.url}/docs/")
        browser.shown(".opblock-summary-path", "/openapi.json")
        paths = server.send("GET", "/openapi.json")[1]["paths"].values()
        described = [operation["operationId"] for path in paths for operation in path.values()]
        blocks = browser.find_elements(By.CSS_SELECTOR, ".opblock")
        self.assertCountEqual([block.get_attribute("id").rsplit("-", 1)[-1] for block in blocks], described)

        browser.press("", f"{BLOCK} .opblock-summary")
        body = browser.shown(f"{BLOCK} textarea.body-param__text")
        body.send_keys(Keys.CONTROL, "a")
        body.send_keys('{"email":"doc@docs.example","phoneNumber":"8820001"}')
        self.assertIn("API key", self.answer("401")["detail"])

        browser.press("Authorize", ".auth-wrapper")
        browser.shown(".auth-container input").send_keys(server.secrets["shop"])
        browser.press("Authorize", ".auth-container")
        browser.press("Close", ".auth-container")
        self.assertEqual(self.answer("200")["contact"]["emails"], ["doc@docs.example"])
