"""The client in Python: thousands of calls over the chain of servers.

Usage: grpc_client.py FOLDER-OF-hops_pb2.py ADDRESS CALLS

Each call has a trace, a tenant and a deadline of its own, as a client of any
language sends them. Prints how many calls there were, and how many of them had
something of another, were late, or failed.
"""

import concurrent.futures
import secrets
import sys

import grpc

sys.path.insert(0, sys.argv[1])
import hops_pb2  # noqa: E402, the generated module

SERVERS = 3
FLOWS = 8
MESSAGES = 3
TIME = 30  # seconds


class Call:
    """What one call sends, and what must come back of it."""

    def __init__(self, number):
        self.trace_id = secrets.token_hex(16)
        self.span_id = secrets.token_hex(8)
        self.tenant = f"python-{number}"
        self.text = f"text {number}"
        self.seconds = TIME + number % 1000 / 1000
        self.options = {
            "timeout": self.seconds,
            "metadata": (
                ("traceparent", f"00-{self.trace_id}-{self.span_id}-01"),
                ("example-tenant", self.tenant),
            ),
        }

    def question(self, text, count=1):
        return hops_pb2.Question(further=SERVERS - 1, text=text, count=count)

    def owns(self, answer, text):
        """Returns whether an answer is this call's."""
        # gRPC may send a timeout that is some 3 % longer: it rounds them up, and
        # uses those again that it has sent on a connection.
        sent = self.seconds * 1000 * 1.04
        left = [sent] + [hop.time_left_ms for hop in answer.hops]
        return (
            len(answer.hops) == SERVERS
            and answer.text == text
            and answer.hops[0].parent_span_id == self.span_id
            and all(hop.trace_id == self.trace_id for hop in answer.hops)
            and all(hop.tenant == self.tenant for hop in answer.hops)
            and not any(hop.secret for hop in answer.hops)
            and left == sorted(left, reverse=True)
            and left[-1] > 0
        )


class Client:
    def __init__(self, address):
        channel = grpc.insecure_channel(address)

        def method(make, name):
            return make(
                "/weft.examples.Hops/" + name,
                request_serializer=hops_pb2.Question.SerializeToString,
                response_deserializer=hops_pb2.Answer.FromString,
            )

        self.ask = method(channel.unary_unary, "Ask")
        self.ask_many = method(channel.unary_stream, "AskMany")
        self.collect = method(channel.stream_unary, "Collect")
        self.talk = method(channel.stream_stream, "Talk")

    def make(self, number):
        """Makes one call; returns whether all that came back is its own."""
        call = Call(number)
        kind = number % 4
        if kind == 0:
            answer = self.ask(call.question(call.text), **call.options)
            return call.owns(answer, call.text)
        if kind == 1:
            question = call.question(call.text, MESSAGES)
            answers = list(self.ask_many(question, **call.options))
            return len(answers) == MESSAGES and all(
                call.owns(answer, call.text) for answer in answers
            )
        if kind == 2:
            questions = [call.question(call.text)] * MESSAGES
            answer = self.collect(iter(questions), **call.options)
            return call.owns(answer, call.text * MESSAGES)
        texts = [f"{call.text} {i}" for i in range(MESSAGES)]
        questions = (call.question(text) for text in texts)
        answers = list(self.talk(questions, **call.options))
        return len(answers) == MESSAGES and all(map(call.owns, answers, texts))


def main():
    _, _, address, calls = sys.argv
    client = Client(address)

    def outcome(number):
        try:
            return "right" if client.make(number) else "mixed"
        except grpc.RpcError as error:
            print(f"call {number}: {error}", file=sys.stderr)
            late = error.code() == grpc.StatusCode.DEADLINE_EXCEEDED
            return "late" if late else "failed"

    with concurrent.futures.ThreadPoolExecutor(FLOWS) as pool:
        found = list(pool.map(outcome, range(int(calls))))
    counts = [found.count(name) for name in ("mixed", "late", "failed")]
    print(len(found), *counts)


if __name__ == "__main__":
    main()
