"""Reads mails with Python's own `email`, a parser that shares nothing with the
program, and prints what a mail program would show, as JSON.

Standard input: [[octets in base64], ...]. Nothing here may forgive: a defect
that the parser notes is printed, and what stands in one part and not in the
other.
"""

import base64
import email
import email.header
import email.policy
import email.utils
import html.parser
import json
import re
import sys

# A frame of the plain text: HTML has lines and colours instead.
FRAME = re.compile(r"[\s■★:：=/]+")


class Words(html.parser.HTMLParser):
    """The words of a page as they are seen, and where its links lead."""

    def __init__(self):
        super().__init__()
        self.words = []
        self.links = []
        self.tags = []
        self.seen = False

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.seen = self.seen or tag == "body"
        self.links += [value for name, value in attributes if name == "href"]

    def handle_data(self, data):
        if self.seen and data.strip():
            self.words.append(data)


def bare(text):
    return FRAME.sub("", text)


def only_in(text, others):
    """What is left of a text when everything of the other part is taken out."""
    left = bare(text)
    for other in sorted(map(bare, others), key=len, reverse=True):
        left = left.replace(other, "")
    return left


def person(plain):
    """The name and address of a header. The older half of `email` decodes it:
    the newer leaves a space where a long name was folded."""
    name, address = email.utils.parseaddr(plain.replace("\r\n", ""))
    return [str(email.header.make_header(email.header.decode_header(name))), address]


def read(octets):
    older = email.message_from_bytes(octets)
    mail = email.message_from_bytes(octets, policy=email.policy.default)
    parts = list(mail.walk())
    defects = [str(defect) for part in parts for defect in part.defects]
    defects += [str(d) for part in parts for value in part.values() for d in value.defects]
    plain = mail.get_body(("plain",))
    rich = mail.get_body(("html",))
    words = Words()
    words.feed(rich.get_content())
    words.close()
    text = plain.get_content()
    return {
        "defects": defects,
        "names": [name for name in mail.keys()],
        "headers": {name: str(value) for name, value in mail.items()},
        "from": person(older["From"]),
        "to": person(older["To"]),
        "people": [len(mail["From"].addresses), len(mail["To"].addresses)],
        "date": mail["Date"].datetime.timestamp(),
        "parts": [[p.get_content_type(), p.get_content_charset()] for p in parts[1:]],
        "kind": mail.get_content_type(),
        "text": text,
        "html": rich.get_content(),
        "tags": sorted(set(words.tags)),
        "links": words.links,
        "only_text": only_in(text, words.words + words.links),
        "only_html": [w for w in words.words if bare(w) not in bare(text)],
    }


json.dump([read(base64.b64decode(octets)) for octets in json.load(sys.stdin)], sys.stdout)
