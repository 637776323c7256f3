"""For everybody, on every screen."""

import re

from fixture import ConsoleTest, browser, server
from selenium.webdriver.common.by import By


class Looks(ConsoleTest):
    def test_has_nothing_serious_for_axe_and_fits_from_360_to_1440_pixels_in_light_and_dark(self):
        one, _, typo = self.merged("5554101")
        other, _ = self.customers_of(("q@looks.example", "555-4102"), ("r@looks.example", "555-4102"))
        server.send("POST", "/corrections", {"kind": "unlink", "email": "r@looks.example", "phoneNumber": "555-4102"}, server.secrets["desk"])
        self.enter()

        def check(what):
            for width in (360, 1440):
                browser.resize(width)
                for scheme in ("light", "dark"):
                    browser.scheme(scheme)
                    with self.subTest(page=what, width=width, scheme=scheme):
                        self.assertEqual(browser.accessibility(), [])
                        self.assertLessEqual(browser.execute_script("return document.documentElement.scrollWidth"), width)
        check("find")
        self.find("nobody@looks.example")
        check("nobody")
        for page, title in (("overview", "Overview"), ("corrections", "Corrections"), (f"contacts/{other}", "Customer")):
            browser.get(f"{server.console}#/{page}")
            browser.title(title)
            check(page)
        browser.get(f"{server.console}#/contacts/{one}")
        browser.title(f"Customer {one}")
        for summary in browser.find_elements(By.CSS_SELECTOR, "summary"):
            browser.click(summary)
        browser.choose_edge(typo)
        check("customer")
        browser.press("These do not belong together", ".inspector")
        browser.shown("#note")
        check("dry run")
        browser.press("Cancel", "dialog")
        browser.press("Forget it")
        browser.shown("#secret")
        check("key")

    def test_draws_the_graph_in_colours_that_stand_out_from_its_ground(self):
        one = self.merged("5554103")[0]
        self.enter(page=f"contacts/{one}")
        browser.title(f"Customer {one}")

        def luminance(css, name):
            colour = browser.find_element(By.CSS_SELECTOR, css).value_of_css_property(name)
            parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
            red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
            return 0.2126 * red + 0.7152 * green + 0.0722 * blue
        for scheme in ("light", "dark"):
            browser.scheme(scheme)
            ground = luminance("svg.graph", "background-color")
            # WCAG 2.1, 1.4.3 for texts and 1.4.11 for the rest; axe-core looks at neither in a picture.
            for css, name, least in ((".graph .line", "stroke", 3), (".graph circle", "fill", 3), (".graph rect", "fill", 3),
                                     (".graph text", "fill", 4.5)):
                with self.subTest(scheme=scheme, what=css):
                    darker, lighter = sorted((ground, luminance(css, name)))
                    self.assertGreaterEqual((lighter + 0.05) / (darker + 0.05), least)
