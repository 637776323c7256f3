"""Runs the tests, and says how many passed. An argument is a file for the results, as JUnit writes them."""

import sys
import unittest
from xml.sax.saxutils import quoteattr


class Result(unittest.TextTestResult):
    def __init__(self, *arguments, **names):
        super().__init__(*arguments, **names)
        self.all, self.failed = [], {}

    def startTest(self, test):
        super().startTest(test)
        self.all.append(test)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.failed[test] = self.failures[-1][1]

    def addError(self, test, err):
        super().addError(test, err)
        # Of setUpModule, too, which is no test.
        if test not in self.all:
            self.all.append(test)
        self.failed[test] = self.errors[-1][1]

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err:
            self.failed[test] = "\n".join(trace for _, trace in self.failures + self.errors)


runner = unittest.TextTestRunner(resultclass=Result, verbosity=2, stream=sys.stdout)
result = runner.run(unittest.defaultTestLoader.discover(sys.path[0]))
if len(sys.argv) > 1:
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        file.write("<testsuite>\n")
        for test in result.all:
            file.write(f"<testcase name={quoteattr(str(test))}>\n")
            if test in result.failed:
                file.write(f"<failure message={quoteattr(result.failed[test][:2000])}></failure>\n")
            file.write("</testcase>\n")
        file.write("</testsuite>\n")
print(f"{len(result.all) - len(result.failed)} passed, {len(result.failed)} failed")
sys.exit(bool(result.failed) or not result.all)
