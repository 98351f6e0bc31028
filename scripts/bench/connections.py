"""The client of connections.sh: connections.py idle|slow|bodies PORT PID. Standard library only."""
import hashlib, hmac, resource, selectors, socket, sys, threading, time, uuid

measure, port, pid = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)


def memory(field):
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(field + ":"))


def connect():
    made = socket.create_connection(("127.0.0.1", port))
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def answer(connection):
    """Reads one response with a Content-Length; returns its status."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return 0
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
    while len(body) < length:
        body += connection.recv(65536)
    return int(head.split()[1])


def ask(connection):
    connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
    return answer(connection)


def delivery(body):
    signature = hmac.new(b"bench", body, hashlib.sha256).hexdigest()
    return (
        f"POST /v1/user/bench HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nX-GitHub-Event: push\r\n"
        f"X-GitHub-Delivery: {uuid.uuid4()}\r\nX-Hub-Signature-256: sha256={signature}\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body


def percentile(values, part):
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def idle():
    warm = [connect() for _ in range(64)]
    for connection in warm:
        ask(connection)
    before = memory("VmRSS")
    count = 5000
    kept = [connect() for _ in range(count)]
    silent = memory("VmRSS")
    for connection in kept:
        assert ask(connection) == 200
    after = memory("VmRSS")
    print(f"{count} idle connections: {(silent - before) / count:.2f} KiB each when new, "
          f"{(after - before) / count:.2f} KiB each after a request (wanted: 8); all {after / 1024:.1f} MB")


def slow():
    good = connect()
    alone = [timed(good) for _ in range(1000)]
    stop = threading.Event()
    slow = [connect() for _ in range(500)]
    for connection in slow:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ")

    def trickle():
        while not stop.is_set():
            for index, connection in enumerate(slow):
                try:
                    connection.send(b"a", socket.MSG_DONTWAIT)
                except OSError:
                    # The server has ended it: another one takes its place.
                    connection.close()
                    slow[index] = connect()
                    slow[index].sendall(b"GET / HTTP/1.1\r\nX: ")
            stop.wait(0.2)

    thread = threading.Thread(target=trickle)
    thread.start()
    times, deadline = [], time.monotonic() + 15
    while time.monotonic() < deadline:
        times.append(timed(good))
        time.sleep(0.002)
    stop.set()
    thread.join()
    print(f"500 slow clients: a good one's p50 {percentile(times, 0.5):.2f} ms, p99 {percentile(times, 0.99):.2f} ms, longest {max(times):.2f} ms "
          f"(wanted: p99 100); alone p99 {percentile(alone, 0.99):.2f} ms; {len(times)} requests")


def timed(connection):
    begin = time.perf_counter()
    assert ask(connection) == 200
    return (time.perf_counter() - begin) * 1000


def bodies():
    body = b'{"pad":"' + b"x" * (100 * 1024 - 10) + b'"}'
    selector, accepted, refused = selectors.DefaultSelector(), 0, 0
    deadline = time.monotonic() + 8
    for _ in range(512):
        connection = connect()
        connection.setblocking(False)
        selector.register(connection, selectors.EVENT_WRITE, [delivery(body), 0, b""])
    while time.monotonic() < deadline:
        for key, events in selector.select(1):
            connection, state = key.fileobj, key.data
            if events & selectors.EVENT_WRITE:
                try:
                    state[1] += connection.send(state[0][state[1]:state[1] + 65536])
                except BlockingIOError:
                    continue
                if state[1] == len(state[0]):
                    selector.modify(connection, selectors.EVENT_READ, state)
                continue
            state[2] += connection.recv(65536)
            if b"\r\n\r\n" not in state[2]:
                continue
            if state[2].startswith(b"HTTP/1.1 202"):
                accepted += 1
            else:
                refused += 1
            selector.modify(connection, selectors.EVENT_WRITE, [delivery(body), 0, b""])
    print(f"512 connections with bodies of 100 KiB: peak {memory('VmHWM') / 1024:.1f} MB (wanted: 150), "
          f"{accepted} accepted, {refused} answered otherwise")


{"idle": idle, "slow": slow, "bodies": bodies}[measure]()
