"""The picture of the evidence."""

import random

from fixture import ConsoleTest, browser, server
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.actions.wheel_input import ScrollOrigin
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys


class Graph(ConsoleTest):
    def place(self):
        """How far the picture is moved to the right and down, and how much larger it is drawn."""
        return browser.execute_script("const { e, f, a } = document.querySelector('.graph > g').getCTM(); return [e, f, a]")

    def test_shows_three_contacts_with_what_came_together_when_and_by_whose_key(self):
        customer = self.customers_of(("a@three.example", "555-3201"), ("b@three.example", "(555) 3201"), ("b@three.example", "555-3202"))[0]
        self.enter(page=f"contacts/{customer}")
        browser.title(f"Customer {customer}")
        # Two spellings of a phone are one.
        self.assertEqual((self.count(".graph .node.email"), self.count(".graph .node.phone")), (2, 2))
        self.assertEqual(self.count(".graph .edge.withdrawn, .graph .edge.bridge, .graph .edge.apart"), 0)
        browser.choose_edge(customer)
        browser.shown(".inspector", "a@three.example")
        browser.shown(".inspector dd", "shop")
        browser.click(browser.shown("details", "Evidence as a table").find_element(By.TAG_NAME, "summary"))
        browser.shown("table", "b@three.example")
        self.assertEqual(self.count("details[open] tbody tr"), 3)
        self.assertEqual([element.text for element in browser.find_elements(By.CSS_SELECTOR, ".timeline strong")],
                         ["Linked", "Linked", "Created"])

    def test_marks_what_holds_two_parts_together_as_the_report_does(self):
        orders = [(f"{part}{number}@bridge.example", f"555-33{index}{number % 2}") for index, part in enumerate("ab")
                  for number in (0, 1, 2)]
        orders += [("a0@bridge.example", "555-3301"), ("a1@bridge.example", "555-3300"), ("b0@bridge.example", "555-3311"),
                   ("b1@bridge.example", "555-3310"), ("a0@bridge.example", "555-3310")]
        customer = self.customers_of(*orders)[0]
        reported = [evidence for evidence, primary, *_ in server.bridges() if primary == str(customer)]
        self.enter(page=f"contacts/{customer}")
        browser.title("Customer")
        marked = [edge.get_attribute("data-evidence") for edge in browser.find_elements(By.CSS_SELECTOR, ".graph .edge.bridge")]
        self.assertEqual((marked, len(marked)), (reported, 1))
        browser.press("Evidence", ".note.warn")
        browser.shown(".inspector .note.warn", "two customers, of 3 and 3 contacts")

    def test_settles_with_a_thousand_contacts_in_two_seconds_and_can_be_moved(self):
        # A tree, in which what came lately ties more.
        drawn = random.Random(7)
        orders = [("n0@large.example", "880000")]
        for number in range(1, 1000):
            email, phone = orders[drawn.randrange(max(0, number - 60), number)]
            orders.append((f"n{number}@large.example", phone) if number % 2 else (email, f"88{number:04}"))
        self.customers_of(*orders)
        self.enter()

        def draw():
            self.find("880000")
            browser.shown("h1", "Customer")
            browser.settled()
        self.assertLess(browser.spent(draw), 2)
        self.assertEqual(self.count(".graph .node"), 1001)
        fitted = self.place()
        browser.click(browser.shown("[aria-label='Zoom in']"))
        self.assertNotEqual(self.place(), fitted)
        browser.press("Fit")
        self.assertEqual(self.place(), fitted)

    def test_moves_by_mouse_or_one_finger_and_zooms_by_wheel_or_two(self):
        customer = self.customers_of(("a@held.example", "555-4201"), ("b@held.example", "555-4201"))[0]
        self.enter(page=f"contacts/{customer}")
        picture = browser.shown("svg.graph")
        browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", picture)
        left, top = browser.execute_script("const { x, y } = arguments[0].getBoundingClientRect(); return [x, y]", picture)

        def goes(act, right, down, factor):
            x, y, scale = self.place()
            act()
            for is_now, expected in zip(self.place(), (x * factor + right, y * factor + down, scale * factor)):
                self.assertAlmostEqual(is_now, expected, places=2)

        def at(x, y):
            return left + x, top + y
        mouse = ActionChains(browser).move_to_element_with_offset(picture, -300, -200)
        goes(mouse.click_and_hold().move_by_offset(50, 30).release().move_by_offset(9, 9).perform, 50, 30, 1)
        goes(lambda: browser.touch([at(100, 100), at(140, 80), at(150, 90)]), 50, -10, 1)
        # What was midway between the two stays there, twice as large.
        goes(lambda: browser.touch([at(100, 100), at(50, 100)], [at(200, 100), at(250, 100)]), -150, -100, 2)
        goes(lambda: browser.touch([at(50, 100), at(100, 110)], [at(250, 100), at(200, 110)]), 150 - 75, 110 - 50, 0.5)
        browser.press("Fit")
        x, y, scale = self.place()
        wheel = ActionChains(browser).key_down(Keys.CONTROL)
        wheel.scroll_from_origin(ScrollOrigin.from_viewport(*map(round, at(100, 100))), 0, -100).key_up(Keys.CONTROL).perform()
        right, down, zoomed = self.place()
        self.assertGreater(zoomed, scale)
        self.assertAlmostEqual((100 - right) / zoomed, (100 - x) / scale, delta=1)
        self.assertAlmostEqual((100 - down) / zoomed, (100 - y) / scale, delta=1)
