"""Clients of a service with two addresses: python3 load.py KEY RESULTS ADDRESS ADDRESS. Each request that has no answer at
the first is sent to the other, as by a client that finds both in DNS. Each answer is checked, and has a line in RESULTS.

A line on standard input has every customer looked up about whom was called since the last such line, and one line answered."""

import asyncio
import json
import random
import sys
import time

from customers import IDENTIFIERS, Customers

RATE = 25  # requests a second, whatever becomes of those before: nginx takes 100 of one client at once
RATE_OF_CHECKS = 100  # beside them: nginx takes 200 a second of one client
CONNECTING = 1  # seconds
ANSWERING = 12  # nginx's longest: a connection, and another host's answer


class Client:
    def __init__(self, key, results, addresses):
        self.key, self.addresses = key, addresses
        self.results = open(results, "a", buffering=1)
        self.customers = Customers()
        self.unchecked = set()
        self.random = random.Random(1)

    async def ask(self, path, email, phone):
        """Status, headers and body of the first address that answers; None where none does."""
        fields = {"email": email, "phoneNumber": phone}
        body = json.dumps({name: value for name, value in fields.items() if value is not None})
        request = (f"POST {path} HTTP/1.1\r\nHost: identity.example.com\r\nContent-Type: application/json\r\n"
                   f"Authorization: Bearer {self.key}\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n{body}")
        for address in self.addresses[:]:
            try:
                return await self.attempt(address, request.encode())
            except (OSError, asyncio.TimeoutError, ValueError):
                if self.addresses[0] == address:
                    self.addresses.append(self.addresses.pop(0))  # asked last from now on
        return None

    async def attempt(self, address, request):
        reader, writer = await asyncio.wait_for(asyncio.open_connection(address, 80), CONNECTING)
        try:
            writer.write(request)
            answer = await asyncio.wait_for(reader.read(), ANSWERING)
        finally:
            writer.close()
        head, body = answer.decode().split("\r\n\r\n", 1)
        lines = head.split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines[1:])
        if int(headers.get("content-length", len(body))) != len(body.encode()):
            raise ValueError("the answer is cut off")
        return int(lines[0].split()[1]), headers, body

    async def call(self):
        customer = self.customers.pick(self.random)
        self.unchecked.add(customer)
        email, phone = order = customer.order(self.random.randrange(IDENTIFIERS), self.random.randrange(IDENTIFIERS))
        identifies = self.random.random() < 0.8
        least, primary = customer.known(email)
        if identifies:
            customer.sent.add(order)
            least = least | customer.known(phone)[0] | set(order)
            primary = min((known[1] for known in map(customer.known, order) if known[1] is not None), default=None)
        begin = time.monotonic()
        answer = await self.ask("/identify" if identifies else "/lookup", email, phone if identifies else None)
        kind, why = self.judge(customer, email, least, primary, answer)
        if kind == "good" and identifies:
            customer.answered.add(order)
        self.results.write(json.dumps({"sent": begin, "ended": time.monotonic(), "kind": kind, "why": why}) + "\n")

    def judge(self, customer, identifier, least, primary, answer):
        if answer is None:
            return "lost", "no answer from either address"
        status, headers, body = answer
        if status == 503:
            is_problem = headers.get("content-type") == "application/problem+json" and "retry-after" in headers
            return ("refused", json.loads(body)["detail"]) if is_problem else ("bad", "a 503 without Retry-After")
        if status != 200:
            return "bad", f"status {status}"
        contacts = json.loads(body)
        contacts = [contacts["contact"]] if "contact" in contacts else contacts["contacts"]
        if not contacts and least == {identifier} and primary is None:
            return "good", ""  # nobody is known by it yet
        if len(contacts) != 1:
            return "bad", f"{len(contacts)} customers in place of one"
        if why := customer.objection(contacts[0], identifier, least, primary):
            return "bad", why
        customer.learn(contacts[0], least)
        return "good", ""

    async def generate(self):
        tasks, due = set(), time.monotonic()
        while True:
            due += 1 / RATE
            await asyncio.sleep(max(0, due - time.monotonic()))
            task = asyncio.create_task(self.call())
            tasks.add(task)
            task.add_done_callback(tasks.discard)

    async def check(self):
        """Looks up every identifier of an answered order: how many, and what was wrong."""
        customers, self.unchecked = self.unchecked, set()
        wrong, count = [], 0
        for customer in customers:
            for email in sorted({email for email, _ in customer.answered}):
                least, primary = customer.known(email)
                answer = await self.ask("/lookup", email, None)
                kind, why = self.judge(customer, email, least, primary, answer)
                count += 1
                await asyncio.sleep(1 / RATE_OF_CHECKS)
                if kind != "good":
                    wrong.append(f"customer {customer.number}: {why}")
        return {"looked up": count, "wrong": wrong}

    async def run(self):
        load = asyncio.create_task(self.generate())
        loop = asyncio.get_running_loop()
        while await loop.run_in_executor(None, sys.stdin.readline):
            print(json.dumps(await self.check()), flush=True)
        load.cancel()


asyncio.run(Client(sys.argv[1], sys.argv[2], sys.argv[3:]).run())
