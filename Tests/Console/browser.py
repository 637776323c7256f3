"""Chromium, headless, as a person has it: what it shows, and what it complains of."""

import importlib.util
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

# On a busy machine. What is waited for comes in a fraction of it.
PATIENCE = 40

# As early as a page has a document: before anything of it runs.
WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.violations.push(event.violatedDirective + " " + event.blockedURI));
"""


def axe_source():
    """axe-core, out of the wheel that brings it."""
    spec = importlib.util.find_spec("axe_playwright_python")
    return (Path(spec.submodule_search_locations[0]) / "axe.min.js").read_text(encoding="utf-8")


class Browser(webdriver.Chrome):
    def __init__(self):
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for argument in ("headless=new", "no-sandbox", "disable-dev-shm-usage", "disable-gpu", "window-size=1440,1000",
                         "force-prefers-reduced-motion", "lang=en-GB"):
            options.add_argument(f"--{argument}")
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        super().__init__(options=options, service=webdriver.ChromeService("/usr/bin/chromedriver"))
        self.set_script_timeout(PATIENCE)
        self.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})

    # How it looks

    def resize(self, width, height=1000):
        self.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                             {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})

    def scheme(self, name):
        features = [{"name": "prefers-color-scheme", "value": name}]
        self.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def complaints(self):
        """What the page broke of its policy, and what the console of the browser says besides of answers that are meant."""
        found = self.execute_script("return window.violations.splice(0)")
        found += [entry["message"] for entry in self.get_log("browser")
                  if "Failed to load resource: the server responded with a status of" not in entry["message"]]
        return found

    def accessibility(self):
        """What axe-core finds that is serious or critical."""
        if not self.execute_script("return Boolean(window.axe)"):
            self.execute_script(axe_source())
        results = self.execute_async_script("axe.run().then(arguments[0])")
        return [f'{found["id"]}: {node["target"]} {node["failureSummary"]}' for found in results["violations"]
                if found["impact"] in ("serious", "critical") for node in found["nodes"]]

    # What is waited for

    def wait(self, condition, what):
        return WebDriverWait(self, PATIENCE, poll_frequency=0.05, ignored_exceptions=(Exception,)).until(
            lambda _: condition(), what)

    def shown(self, css, text=""):
        """The first element that is shown and has the text."""
        def find():
            for element in self.find_elements(By.CSS_SELECTOR, css):
                if element.is_displayed() and text in element.text:
                    return element
            return None
        return self.wait(find, f"no {css} with {text!r} is shown")

    def button(self, text, inside=""):
        return self.shown(f"{inside} button", text)

    def has_button(self, text):
        return any(text in element.get_property("textContent") for element in self.find_elements(By.TAG_NAME, "button"))

    def press(self, text, inside=""):
        self.click(self.button(text, inside))

    def click(self, element):
        self.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()

    def choose_edge(self, evidence):
        """A line of the graph is thin: as a person clicks on the middle of it."""
        self.shown("svg.graph")
        self.execute_script(
            "document.querySelector(`[data-evidence='${arguments[0]}']`).dispatchEvent(new MouseEvent('click'))", evidence)
        self.shown(".inspector h2", f"Evidence {evidence}")

    def spent(self, act):
        """How many seconds the page computes meanwhile: of its thread, so that what else the machine does is not among them."""
        self.execute_cdp_cmd("Performance.enable", {"timeDomain": "threadTicks"})

        def total():
            metrics = self.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
            return next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration")
        before = total()
        act()
        return total() - before

    def touch(self, *fingers):
        """Fingers that come down, each at its first place, go on to the next places together, and are lifted one by one."""
        def send(kind, points):
            self.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        for step, places in enumerate(zip(*fingers)):
            points = [{"x": x, "y": y, "id": finger} for finger, (x, y) in enumerate(places)]
            send("touchMove" if step else "touchStart", points)
        while points:
            points.pop()
            send("touchEnd", points)

    def settled(self):
        self.wait(lambda: not self.find_elements(By.CSS_SELECTOR, "[aria-busy]"), "it goes on loading")

    def title(self, text):
        self.shown("h1", text)
        self.settled()
