"""What clients know of customers: which orders were sent and which were answered, and so what an answer must and may hold."""

IDENTIFIERS = 4  # e-mails of a customer, and phones
CALLS = 12  # orders of a customer, before the next one comes
RECENT = 20  # customers that are called about


class Customer:
    def __init__(self, number):
        self.number = number
        self.sent, self.answered = set(), set()
        self.primaries = {}  # of identifiers: the primary that was last answered

    def email(self, i):
        return f"c{self.number}e{i}@cluster.example"

    def phone(self, j):
        return f"1555{self.number:06}{j}"

    def order(self, i, j):
        return self.email(i), self.phone(j)

    @staticmethod
    def connected(orders, identifier):
        """All that a chain of these orders ties to it."""
        found, rest = {identifier}, list(orders)
        while True:
            joined = [order for order in rest if found & set(order)]
            if not joined:
                return found
            found.update(*joined)
            rest = [order for order in rest if order not in joined]

    def known(self, identifier):
        """Before a question is sent: what its answer must hold, and a primary that it can't be younger than."""
        least = self.connected(self.answered, identifier)
        return least, min((self.primaries[name] for name in least if name in self.primaries), default=None)

    def objection(self, contact, identifier, least, primary):
        """What is wrong with an answer; None where nothing is."""
        shown = set(contact["emails"]) | {phone.lstrip("+") for phone in contact["phoneNumbers"]}
        if missing := least - shown:
            return f"{len(missing)} identifiers that were answered are missing"
        if shown - self.connected(self.sent, identifier):
            return "identifiers that nothing ties"
        if primary is not None and contact["primaryContactId"] > primary:
            return "a younger primary"
        return None

    def learn(self, contact, identifiers):
        for name in identifiers:
            self.primaries[name] = min(self.primaries.get(name, contact["primaryContactId"]), contact["primaryContactId"])


class Customers:
    def __init__(self):
        self.all = []
        self.calls = 0

    def pick(self, random):
        """One of the newest, most often the newest: several clients ask for one at once."""
        newest = self.calls // CALLS
        self.calls += 1
        while len(self.all) <= newest:
            self.all.append(Customer(len(self.all)))
        return self.all[max(0, newest - int(random.random() ** 2 * RECENT))]
