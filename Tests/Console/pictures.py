"""Takes the pictures of docs/: the same data each time, and small files."""

import subprocess

from browser import Browser
from selenium.webdriver.common.by import By
from server import REPOSITORY, Server

ORDERS = [
    ("ann@mill.example", "555-1001"), ("ann.miller@mail.example", "555-1001"), ("ann@mill.example", "555-1002"),
    ("ann.miller@mail.example", "555-1002"), ("orders@mill.example", "555-1002"), ("orders@mill.example", "555-1001"),
    ("bob@dyer.example", "555-2001"), ("bob@dyer.example", "555-2002"), ("b.dyer@mail.example", "555-2002"),
    ("b.dyer@mail.example", "555-2001"), ("shop@dyer.example", "555-2002"), ("shop@dyer.example", "555-2001"),
    ("bob@dyer.example", "555-1002"),
]

server, browser = Server(keys={"shop": "identify", "desk": "correct,read"}), Browser()


def take(name):
    browser.execute_script("document.activeElement.blur()")
    path = REPOSITORY / f"docs/{name}.png"
    path.write_bytes(browser.get_screenshot_as_png())
    subprocess.run(["pngquant", "--force", "--ext", ".png", "64", path], check=True)


try:
    for order in ORDERS:
        customer = server.order(*order, key="shop")
    browser.scheme("light")
    browser.resize(1200, 900)
    browser.get(f"{server.console}#/contacts/{customer}")
    browser.shown("#secret").send_keys(server.secrets["desk"])
    browser.press("Use it", "main")
    browser.title("Customer")
    bridge = browser.find_element(By.CSS_SELECTOR, ".graph .edge.bridge").get_attribute("data-evidence")
    browser.choose_edge(bridge)
    take("console/customer")
    browser.press("These do not belong together", ".inspector")
    browser.shown("#note").send_keys("ticket 88")
    take("console/dry-run")
    browser.press("Cancel", "dialog")
    browser.scheme("dark")
    browser.get(f"{server.console}#/overview")
    browser.title("Overview")
    take("console/overview")
    browser.resize(360, 780)
    browser.get(f"{server.console}#/contacts/{customer}")
    browser.title("Customer")
    browser.execute_script("document.querySelector('.split').scrollIntoView()")
    take("console/phone")
    browser.scheme("light")
    browser.resize(1200, 900)
    browser.get(f"{server.url}/docs/")
    browser.press("", "#operations-customers-identify .opblock-summary")
    browser.shown("#operations-customers-identify textarea")
    browser.execute_script("scrollTo(0, 0)")
    take("api")
finally:
    browser.quit()
    server.stop()
