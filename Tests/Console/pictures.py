"""Takes the pictures of docs/console: the same data each time, and small files."""

import subprocess
from pathlib import Path

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

folder = REPOSITORY / "docs/console"
folder.mkdir(exist_ok=True)
server, browser = Server(keys={"shop": "identify", "desk": "correct,read"}), Browser()


def take(name):
    browser.execute_script("document.activeElement.blur()")
    path = Path(folder, f"{name}.png")
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
    take("customer")
    browser.press("These do not belong together", ".inspector")
    browser.shown("#note").send_keys("ticket 88")
    take("dry-run")
    browser.press("Cancel", "dialog")
    browser.scheme("dark")
    browser.get(f"{server.console}#/overview")
    browser.title("Overview")
    take("overview")
    browser.resize(360, 780)
    browser.get(f"{server.console}#/contacts/{customer}")
    browser.title("Customer")
    browser.execute_script("document.querySelector('.split').scrollIntoView()")
    take("phone")
finally:
    browser.quit()
    server.stop()
