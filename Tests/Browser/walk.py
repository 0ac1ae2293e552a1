"""Walks through the console as a person would, from signing up to a cancelled deployment, in light, dark and at a
phone's width.

    walk.py --console URL --ca ca.pem --screenshots FOLDER [--docs FOLDER] --certificate server.pem

What it cannot do itself it asks for on standard output, a line each, and goes on when a line comes back:

    ask attach-agent CLUSTER_ID TOKEN     an agent of that cluster
    ask stop-berthd                       berthd to end
    ask start-berthd                      berthd to run again
    ask restart-console                   the console to end and run again
    ask deploy-many CLUSTER_ID            five hundred deployments
Ends with status 0 and the line "the walk is done", or says what was not as it should be.
"""

import argparse
import os
import sys
import time

from browser import Browser, PageError
from keys import public_key_digest

# What every unreachable server makes a browser say.
EXPECTED_WHILE_AWAY = ["Failed to load resource", "net::ERR_"]
HOSTILE = "<img src=x onerror=alert(1)>"
PASSWORD = "correct horse battery"


def ask(*words):
    print("ask", *words, flush=True)
    answer = sys.stdin.readline().strip()
    if answer != "done":
        raise PageError(f"asked for {' '.join(words)}, got {answer!r}")


def check(condition, words):
    if not condition:
        raise PageError(words)


class Walk:
    def __init__(self, page, options):
        self.page = page
        self.options = options
        os.makedirs(options.screenshots, exist_ok=True)

    def say(self, words):
        print("-", words, flush=True)

    def shot(self, name, docs=False):
        """A screenshot; a few are the documentation's."""
        self.page.evaluate("document.querySelectorAll('.toast button').forEach((button) => button.click())")
        # What moves has come to rest.
        time.sleep(0.5)
        self.page.screenshot(f"{self.options.screenshots}/{name}.png")
        if docs and self.options.docs:
            self.page.screenshot(f"{self.options.docs}/{name}.webp", "webp", 82)

    def no_complaints(self, when, allowed=()):
        self.page.listen(0.3)
        rest = [words for words in self.page.complaints if not any(part in words for part in allowed)]
        check(not rest, f"the browser complained {when}:\n" + "\n".join(rest))
        self.page.complaints.clear()

    def fits(self, place):
        over = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if over > 0:
            wide = self.page.evaluate(
                "[...document.querySelectorAll('body *')].filter((element) => element.getBoundingClientRect().right > document.documentElement.clientWidth + 1)"
                ".slice(0, 5).map((element) => element.outerHTML.slice(0, 120)).join('\\n')")
            raise PageError(f"{place} is {over} px too wide at {self.page.evaluate('innerWidth')} px:\n{wide}")

    def go(self, place):
        self.page.evaluate(f"location.hash = '#/{place}'")

    def open_menu(self, place, title):
        self.page.click(f".sidebar a[data-place={place}]")
        self.page.wait_for_text(title, "h1")

    # The walk

    def sign_up(self):
        page = self.page
        page.open(self.options.console)
        page.wait_for("form input[name=username]")
        self.shot("sign-in")
        # A wrong password is told and what was typed stays.
        page.type("input[name=username]", "nobody")
        page.type("input[name=password]", "not the password")
        page.click("button[type=submit]")
        page.wait("[...document.querySelectorAll('.form-error')].some((element) => element.checkVisibility())", "the refusal")
        check(page.evaluate("document.querySelector('input[name=username]').value") == "nobody", "the username is lost")
        # 401 is the answer; the browser notes it.
        self.no_complaints("at a wrong password", ["401"])
        page.click("[role=tab]", "Sign up")
        page.type("input[name=username]", "ada")
        page.type("input[name=displayName]", "Ada Lovelace")
        page.type("input[name=password]", "short")
        page.click("button[type=submit]")
        page.wait("document.querySelector('input[name=password][aria-invalid=true]')", "the field to be named")
        page.type("input[name=password]", PASSWORD)
        page.press("Enter")
        page.wait_for_text("Begin with an organization")
        self.no_complaints("at signing up", ["400"])
        cookies = page.command("Network.getCookies", urls=[self.options.console])["cookies"]
        check(len(cookies) == 1, f"one cookie is expected: {cookies}")
        cookie = cookies[0]
        check(cookie["name"].startswith("__Host-") and cookie["httpOnly"] and cookie["secure"]
              and cookie["sameSite"] == "Strict", f"the cookie is not guarded: {cookie}")
        self.say("signed up")

    def create_organization(self):
        page = self.page
        page.click(".button.primary", "Create an organization")
        page.type("dialog input[name=name]", "Acme Research")
        page.press("Enter")
        page.wait_for("#invite-code")
        check(len(page.evaluate("document.querySelector('#invite-code').textContent")) > 10, "no invite code")
        page.click("dialog .button.primary", "Done")
        page.wait_for_text("Register a cluster", ".steps")
        self.shot("first-steps")
        self.say("organization created")

    def register_cluster(self):
        page = self.page
        self.open_menu("clusters", "Clusters")
        page.wait_for_text("No cluster yet")
        page.click(".button.primary", "Register a cluster")
        page.type("dialog input[name=name]", "Not A Name")
        page.press("Enter")
        page.wait("document.querySelector('dialog input[name=name][aria-invalid=true]')", "the field to be named")
        page.type("dialog input[name=name]", "berlin-1")
        page.type("dialog input[name=cpu]", "16")
        page.type("dialog input[name=memory]", "64")
        page.type("dialog input[name=gpu]", "4")
        page.type("dialog input[name=gpuModel]", "A100")
        page.press("Enter")
        page.click("dialog .button.primary", "Make an agent token")
        page.wait_for("#agent-token")
        token = page.evaluate("document.querySelector('#agent-token').textContent")
        page.press("Escape")
        page.wait("!document.querySelector('dialog')", "Esc to close the dialog")
        page.wait_for("section[data-cluster]")
        self.cluster = page.evaluate("document.querySelector('section[data-cluster]').dataset.cluster")
        page.wait_for_text("No agent has attached yet", "section[data-cluster]")
        ask("attach-agent", self.cluster, token)
        page.wait_for_text("Agent attached", "section[data-cluster]")
        page.wait_for_text("simulated", "section[data-cluster]")
        self.no_complaints("at registering a cluster", ["400"])
        self.say("agent attached, and the page saw it")

    def deploy(self, name, image, gpu="0", priority="0", cpu="2", memory="8", command="", runs=True):
        page = self.page
        page.click(".page-head .button.primary", "Deploy")
        page.wait_for("dialog input[name=image]")
        for field, text in [("image", image), ("name", name), ("cpu", cpu), ("memory", memory), ("gpu", gpu), ("priority", priority)]:
            page.type(f"dialog input[name={field}]", text)
        if command:
            page.click("dialog summary")
            page.type("dialog textarea[name=command]", command)
        page.wait_for_text("It would fit now" if runs else "It would wait", ".dry-run")
        if name == "llama-3-70b":
            self.shot("deploy")
        page.click("dialog button[type=submit]")
        page.wait("!document.querySelector('dialog')", "the dialog to close")
        page.wait_for_text(name, "h1")
        # Live: nothing is loaded anew.
        page.wait_for(f".page-head .badge[data-state={'RUNNING' if runs else 'QUEUED'}]", 30)
        return page.evaluate("location.hash.split('/').pop()")

    def deploy_all(self):
        page = self.page
        self.go("overview")
        page.wait_for_text("Acme Research", "h1")
        page.evaluate("window.isTheSamePage = true")
        page.click(".page-head .button.primary", "Deploy")
        page.click("dialog button[type=submit]")
        page.wait("document.querySelector('dialog input[name=image][aria-invalid=true]')", "the missing image to be named")
        check(page.evaluate("document.activeElement.name") == "image", "the focus is not where the error is")
        page.press("Escape")
        self.no_complaints("at an empty form", ["400"])
        self.first = self.deploy("llama-3-70b", "registry.example.com/llama:3", gpu="2", priority="50",
                                 command="sh\n-c\necho loading the model; echo slow tokenizer >&2; echo ready; serve")
        self.go("deployments")
        self.deploy("whisper-large", "registry.example.com/whisper:2", gpu="0.5")
        self.go("deployments")
        self.hostile = self.deploy(HOSTILE, "registry.example.com/models/hostile:1", gpu="0.5")
        self.go("deployments")
        self.waiting = self.deploy("mixtral-8x22b-instruct", "registry.example.com/mixtral:8", gpu="3", priority="80", runs=False)
        self.go("deployments")
        self.deploy("nightly-evaluation", "registry.example.com/evaluation:1", cpu="15", memory="16", priority="10", runs=False)
        check(page.evaluate("window.isTheSamePage"), "the page was loaded anew")
        self.no_complaints("while deploying")
        self.say("deployed; states changed live, without a reload")

    def look_at_one(self):
        page = self.page
        self.go(f"deployments/{self.waiting}")
        page.wait_for_text("What would make it fit")
        page.wait_for_text("berlin-1", ".fit")
        self.shot("why", docs=True)
        # By keyboard: from tab to tab.
        page.evaluate("document.querySelector('[role=tab][aria-selected=true]').focus()")
        page.press("ArrowRight")
        page.wait("document.querySelector('[role=tab][data-key=events]').getAttribute('aria-selected') === 'true'", "the arrow key to select")
        page.wait_for(".event .badge[data-state=QUEUED]")
        self.go(f"deployments/{self.first}")
        page.click("[role=tab]", "Events")
        page.wait("document.querySelectorAll('.event').length >= 4", "the history")
        self.shot("events")
        page.click("[role=tab]", "Logs")
        page.wait("document.querySelectorAll('.log div').length >= 3", "lines of the log")
        page.wait_for_text("live", "[role=tabpanel]")
        self.shot("logs", docs=True)
        self.no_complaints("at events and logs")
        self.say("events, explanation and live log shown")

    def change(self):
        page = self.page
        self.go("queue")
        page.wait_for_text("mixtral", ".list-row")
        page.wait("[...document.querySelectorAll('[data-why]')].every((element) => !element.textContent.startsWith('Open it'))", "why each waits")
        self.shot("queue", docs=True)
        check(page.evaluate("document.querySelector('.list-row .queue-name').textContent") == "mixtral-8x22b-instruct", "the highest priority is not first")
        self.go(f"deployments/{self.waiting}")
        page.click(".page-head .button", "Change priority")
        page.type("dialog input[name=priority]", "5")
        page.press("Enter")
        page.wait("!document.querySelector('dialog')", "the dialog to close")
        self.go("queue")
        page.wait("document.querySelector('.list-row .queue-name')?.textContent === 'nightly-evaluation'", "the queue's new order")
        self.go(f"deployments/{self.waiting}")
        page.click(".page-head .button.danger", "Cancel")
        page.wait("document.activeElement?.textContent === 'Keep it'", "the harmless answer to be the default")
        page.click("dialog .button.danger", "Cancel deployment")
        page.wait_for(".page-head .badge[data-state=CANCELLED]")
        self.no_complaints("at priority and cancelling")
        self.say("priority changed, cancelled")

    def outages(self):
        page = self.page
        self.go("overview")
        page.wait_for_text("Live", ".sidebar .link-state")
        ask("stop-berthd")
        page.wait_for_text("Reconnecting to berthd", ".banner")
        self.shot("reconnecting")
        # An action meanwhile says so and loses nothing.
        ask("start-berthd")
        page.wait("document.querySelector('.banner').hidden", "the page to recover", 40)
        page.wait_for_text("Live", ".sidebar .link-state")
        check(page.evaluate("window.isTheSamePage"), "the page was loaded anew")
        self.go("deployments")
        self.deploy("after-the-restart", "registry.example.com/small:1", cpu="0.5", memory="1")
        # Loaded while berthd is away, the page waits and then shows where it was.
        ask("stop-berthd")
        page.command("Page.reload")
        page.wait_for_text("Reconnecting…", ".gate")
        ask("start-berthd")
        page.wait_for_text("after-the-restart", "h1", 40)
        page.complaints.clear()
        self.say("berthd restarted, the page recovered and goes on live")

    def pictures(self):
        page = self.page
        places = [("overview", True), ("deployments", True), ("clusters", True), ("scheduler", True), ("people", False)]
        for scheme in ["light", "dark"]:
            page.scheme(scheme)
            for place, is_documented in places:
                self.go(place)
                page.wait(f"document.querySelector('.sidebar a[data-place={place}][aria-current]')", place)
                page.wait("!document.querySelector('#main').innerText.includes('Waiting for the scheduler')", "the scheduler")
                page.wait("document.querySelectorAll('.chart-wait').length === 0", "two samples", 30)
                self.fits(place)
                self.shot(f"{place}-{scheme}", docs=is_documented and (scheme == "light") == (place != "clusters"))
        check(page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(12, 18, 22)", "dark is not dark")
        # The switch goes the other way.
        page.press("t")
        page.wait("getComputedStyle(document.body).backgroundColor === 'rgb(244, 246, 248)'", "the switch to light")
        page.press("t")
        page.scheme("light")
        self.no_complaints("while looking around")
        page.size(360, 780, 2, is_phone=True)
        for place in ["overview", "queue", "deployments", "clusters", "scheduler", "people", f"deployments/{self.first}", f"deployments/{self.hostile}"]:
            self.go(place)
            time.sleep(0.4)
            self.fits(place)
            name = "deployment" if "/" in place else place
            self.shot(f"{name}-phone", docs=name in ("overview", "deployment"))
        page.click(".page-head .button.danger")
        page.wait_for("dialog")
        self.fits("a dialog")
        page.press("Escape")
        page.size(1280, 860)
        self.no_complaints("at a phone's width")
        self.say("light, dark, 360 px: nothing overflows")

    def by_keyboard(self):
        page = self.page
        self.go("deployments")
        page.wait_for("a.list-row")
        # Loaded anew: the first Tab begins at the top.
        page.command("Page.reload")
        page.wait("performance.now() < 5000 && document.querySelector('a.list-row')", "the page to load anew")
        page.press("Tab")
        check(page.evaluate("document.activeElement.className") == "skip-link", "the first Tab does not reach the skip link")
        page.press("Enter")
        check(page.evaluate("document.activeElement.id") == "main", "the skip link does not lead to the content")
        page.press("/")
        check(page.evaluate("document.activeElement.type") == "search", "/ does not focus the search")
        self.page.command("Input.insertText", text="llama")
        page.wait("document.querySelectorAll('a.list-row').length === 1", "the search to filter")
        page.press("ArrowDown")
        check(page.evaluate("document.activeElement.matches('a.list-row')"), "the arrow key does not enter the list")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        check(outline == "solid", f"the focus is not seen: {outline}")
        page.press("Enter")
        page.wait_for_text("llama-3-70b", "h1")
        page.evaluate("document.activeElement.blur()")
        page.press("?", shift=True)
        page.wait_for_text("Keyboard shortcuts", "dialog")
        page.press("Escape")
        page.wait("!document.querySelector('dialog')", "Esc to close it")
        page.press("g")
        page.press("q")
        page.wait_for_text("Queue", "h1")
        page.press("n")
        page.wait("document.activeElement?.name === 'image'", "n to open the form")
        page.press("Escape")
        reached = set()
        for _ in range(60):
            page.press("Tab")
            reached.add(page.evaluate("(document.activeElement.textContent || document.activeElement.ariaLabel || '').trim().slice(0, 40)"))
        for name in ["Overview", "Deployments", "Clusters", "Scheduler", "People", "Deploy", "Priority"]:
            check(any(name in words for words in reached), f"{name} cannot be reached with Tab: {sorted(reached)}")
        self.no_complaints("by keyboard")
        self.say("reachable by keyboard")

    def many(self):
        page = self.page
        ask("deploy-many", self.cluster)
        self.go("queue")
        page.wait_for_text("1 to 50 of 5", ".pager", 60)
        check(page.evaluate("document.querySelectorAll('.list-row').length") == 50, "more rows than a page has")
        took = page.evaluate(
            "new Promise((done) => { const begin = performance.now(); location.hash = '#/deployments';"
            " requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(performance.now() - begin)))); })")
        check(took < 1500, f"500 deployments took {took:.0f} ms to show")
        page.wait_for("a.list-row")
        page.click(".pager .button", "Next")
        page.wait_for_text("51 to 100", ".pager")
        self.fits("500 deployments")
        self.no_complaints("with 500 deployments")
        self.say(f"500 deployments shown in {took:.0f} ms")

    def end(self):
        page = self.page
        check(not page.evaluate("Boolean(document.querySelector('main img, main script'))"), "a name became an element")
        page.evaluate("location.hash = '#/queue'")
        ask("restart-console")
        page.wait_for_text("Sign in to go on where you were", seconds=40)
        page.complaints.clear()
        page.type("input[name=username]", "ada")
        page.type("input[name=password]", PASSWORD)
        page.press("Enter")
        page.wait_for_text("Queue", "h1")
        self.say("console restarted, signed in again, back at the same place")
        page.click(".sidebar [aria-label='Sign out']")
        page.wait_for_text("You are signed out")
        status = page.evaluate("fetch('/console/session').then((answer) => answer.status)")
        check(status == 401, f"the session lives on after signing out: {status}")
        self.no_complaints("at the end", ["401"])
        foreign = [url for url in page.requests if not url.startswith((self.options.console, "data:", "about:"))]
        check(not foreign, f"requests went elsewhere: {foreign}")
        self.say("signed out; nothing was asked of any other server")


def main():
    parser = argparse.ArgumentParser()
    for name in ["console", "certificate", "screenshots"]:
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--docs")
    options = parser.parse_args()
    with Browser(trusted_keys=[public_key_digest(options.certificate)]) as page:
        page.size(1280, 860)
        page.scheme("light")
        walk = Walk(page, options)
        try:
            for step in [walk.sign_up, walk.create_organization, walk.register_cluster, walk.deploy_all, walk.look_at_one,
                         walk.change, walk.outages, walk.pictures, walk.by_keyboard, walk.many, walk.end]:
                step()
        except BaseException:
            page.screenshot(f"{options.screenshots}/failed.png")
            raise
    print("the walk is done", flush=True)


if __name__ == "__main__":
    try:
        main()
    except PageError as error:
        sys.exit(f"walk: {error}")
