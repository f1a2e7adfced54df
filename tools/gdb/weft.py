"""Shows in gdb what the threads of a program with Weft run, and what led there.

    gdb -p PID -x tools/gdb/weft.py -ex 'weft tasks'
    gdb PROGRAM CORE -x tools/gdb/weft.py -ex 'weft tasks'

    Thread 2 (LWP 4711) "http-0": TASK 71 from server.cc:42 (void Serve())
      caused by TASK from server.cc:17 (int main())

It names each thread that runs a task or another resource, the innermost one,
and the chain of sites that led to it, if the program keeps causes
(weft/observe/causes.h); else its own site only. In a core dump threads have no
names.

It needs the program's symbols, so one that is not stripped, but no debugging
information: it reads the objects by their layout, which tests/observe/gdb_test.sh
holds. It calls nothing in the program, and changes nothing in it.
"""

import gdb

STATE = "_ZN4weft14hooks_internal15execution_stateE"
CAUSES = "_ZN4weft14hooks_internal12_GLOBAL__N_110the_causesE"

POINTER = 8
# hooks/internal/execution_state.h: the word of a thread is the address of a
# resource; with the mark it is that of a TriggerOverride, or of nothing.
MARK = 1
# hooks/resource.h
RESOURCE_TYPE = 0
RESOURCE_ID = 8
RESOURCE_TRIGGER = 16
RESOURCE_WHERE = 24
RESOURCE_STATE = 32
RESOURCE_TYPE_SIZE = 40
RESOURCE_BYTES = 48
HAS_TRIGGER = 1 << 31
DRAWN_WHEN_ASKED = (1 << 64) - 1
STATE_NEXT = 16  # of an AttachedState
# hooks/internal/causes.h and causes.cc
NODES = 64  # in the table
NODE_BYTES = 40
NODE_WHERE = 0
NODE_TYPE = 8
NODE_CAUSE = 32
NODE_TYPE_SIZE = 36
NODE_REPEATS = 38
NODE_IS_CUT = 39
# std::source_location, a pointer to these.
WHERE_FILE = 0
WHERE_FUNCTION = 8
WHERE_LINE = 16

# No chain is longer; a circle in damaged memory would be.
MOST_SITES = 16
MOST_FORKS = 256
MOST_STATES = 64
LONGEST_TEXT = 1000


def read(address, size):
    memory = gdb.selected_inferior().read_memory(address, size)
    return int.from_bytes(bytes(memory), "little")


def read_pointer(address):
    return read(address, POINTER)


def read_text(address, size):
    size = min(size, LONGEST_TEXT)
    memory = bytes(gdb.selected_inferior().read_memory(address, size))
    return memory.decode("utf-8", "replace")


def read_c_string(address):
    text = b""
    while len(text) < LONGEST_TEXT and not text.endswith(b"\0"):
        text += bytes(gdb.selected_inferior().read_memory(address + len(text), 1))
    return text.rstrip(b"\0").decode("utf-8", "replace")


def site_text(type_name, where):
    """Returns a site as AsyncBacktrace::ToString() has it."""
    if where == 0:
        return type_name
    line = read(where + WHERE_LINE, 4)
    if line == 0:
        return type_name
    file = read_c_string(read_pointer(where + WHERE_FILE))
    function = read_c_string(read_pointer(where + WHERE_FUNCTION))
    return f"{type_name} from {file}:{line} ({function})"


class Resource:
    def __init__(self, address):
        self.address = address
        size = read(address + RESOURCE_TYPE_SIZE, 4)
        self.type = read_text(
            read_pointer(address + RESOURCE_TYPE), size & ~HAS_TRIGGER
        )
        self.has_trigger = size & HAS_TRIGGER != 0
        self.where = read_pointer(address + RESOURCE_WHERE)

    def site(self):
        return site_text(self.type, self.where)

    def title(self):
        number = read_pointer(self.address + RESOURCE_ID)
        name = self.type if number == DRAWN_WHEN_ASKED else f"{self.type} {number}"
        return site_text(name, self.where)

    def cause(self):
        """Returns the number of its chain, which begins with itself; or 0."""
        state = read_pointer(self.address + RESOURCE_STATE)
        for _ in range(MOST_STATES):
            if state == 0 or state & 1:
                return state >> 1 & 0xFFFFFFFF
            state = read_pointer(state + STATE_NEXT)
        return 0

    def maker(self):
        """Returns the resource that a part of a fork comes from, or None."""
        if not self.has_trigger:
            return None
        return Resource(read_pointer(self.address + RESOURCE_TRIGGER))


def symbol_address(name):
    try:
        return int(gdb.parse_and_eval(f"(long)&{name}")) & (1 << 64) - 1
    except gdb.error as error:
        raise gdb.GdbError(
            f"weft: there is no {name} ({error}); the program must be one with "
            "Weft, and not stripped"
        )


def chain(cause):
    """Yields the sites of a chain, the latest first."""
    nodes = symbol_address(CAUSES) + NODES
    for _ in range(MOST_SITES):
        if cause == 0:
            return
        node = nodes + (cause - 1) * NODE_BYTES
        name = read_text(node + NODE_TYPE, read(node + NODE_TYPE_SIZE, 1))
        text = site_text(name, read_pointer(node + NODE_WHERE))
        if read(node + NODE_REPEATS, 1):
            text += ", again and again"
        yield text
        if read(node + NODE_CAUSE, 4) == 0 and read(node + NODE_IS_CUT, 1):
            yield "..."
        cause = read(node + NODE_CAUSE, 4)


def causes(resource):
    """Yields the sites of what led to a resource."""
    # Parts of forks have no chain of their own.
    for _ in range(MOST_FORKS):
        number = resource.cause()
        if number != 0:
            break
        resource = resource.maker()
        if resource is None or resource.where == 0:
            return
        number = resource.cause()
        yield resource.site()
    else:
        return
    sites = chain(number)
    next(sites, None)  # the resource itself
    yield from sites


def running_resource():
    """Returns what the selected thread runs; None if that is nothing."""
    try:
        word = int(gdb.parse_and_eval(f"(long){STATE}")) & (1 << 64) - 1
    except gdb.error as error:
        if "No symbol" in str(error):
            raise gdb.GdbError(
                f"weft: {error} The program must be one with Weft, and not stripped."
            )
        return None  # the thread has not begun to run, or has ended
    if word & MARK:
        if word == MARK:
            return None
        # What is made here is caused by something else.
        word = read_pointer((word & ~MARK) + RESOURCE_BYTES)
    resource = Resource(word)
    return None if resource.type in ("THREAD", "NONE") else resource


class Weft(gdb.Command):
    """What a program with Weft does."""

    def __init__(self):
        super().__init__("weft", gdb.COMMAND_STATUS, prefix=True)


class WeftTasks(gdb.Command):
    """Show what each thread runs, and what led to it."""

    def __init__(self):
        super().__init__("weft tasks", gdb.COMMAND_STATUS)

    def invoke(self, argument, from_tty):
        selected = gdb.selected_thread()
        if selected is None:
            raise gdb.GdbError("weft: there is no process")
        found = 0
        for thread in sorted(gdb.selected_inferior().threads(), key=lambda t: t.num):
            thread.switch()
            name = f' "{thread.name}"' if thread.name else ""
            title = f"Thread {thread.num} (LWP {thread.ptid[1]}){name}: "
            try:
                resource = running_resource()
                if resource is None:
                    continue
                print(title + resource.title())
                found += 1
                for site in causes(resource):
                    print(f"  caused by {site}")
            except gdb.MemoryError as error:
                print(f"{title}its task cannot be read: {error}")
        selected.switch()
        if found == 0:
            print("no thread runs a task")


Weft()
WeftTasks()
