"""What all tests share: a service that asks for keys, one that does not, and a browser."""

import atexit
import unittest

from browser import Browser
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from server import Server

server = Server(keys={"shop": "identify", "desk": "correct", "viewer": "read", "temp": "read", "engineer": "identify,correct,admin"})
atexit.register(server.stop)
open_server = Server()
atexit.register(open_server.stop)
browser = Browser()
atexit.register(browser.quit)


class ConsoleTest(unittest.TestCase):
    """Each begins in a tab that knows nothing, and ends with a look at what the browser complained of."""

    def setUp(self):
        browser.resize(1440)
        browser.scheme("light")

    def tearDown(self):
        self.assertEqual(browser.complaints(), [])

    def open(self, page=""):
        """In a tab that has no key."""
        browser.get(server.console)
        browser.execute_script("sessionStorage.clear()")
        browser.get("about:blank")
        browser.get(f"{server.console}#/{page}")
        browser.shown("#secret")

    def enter(self, name="desk", page=""):
        self.open(page)
        browser.shown("#secret").send_keys(server.secrets[name])
        browser.press("Use it", "main")
        browser.shown("#key strong", name)
        browser.settled()

    def find(self, text):
        browser.click(browser.shown("nav a", "Find"))
        browser.title("Find a customer")
        query = browser.shown("#query")
        query.clear()
        query.send_keys(text, Keys.ENTER)
        browser.settled()

    def customers_of(self, *orders):
        return [server.order(email, phone, "shop") for email, phone in orders]

    def count(self, css):
        return len(browser.find_elements(By.CSS_SELECTOR, css))

    def merged(self, name):
        """Two customers that a typo made one, and the evidence of it."""
        one, two, _ = self.customers_of((f"a@{name}.example", f"{name}1"), (f"b@{name}.example", f"{name}2"), (f"a@{name}.example", f"{name}2"))
        return one, two, two + 1
