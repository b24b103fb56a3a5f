"""GET /players: the fastest first. GET /health: whether the database answers."""

import json
import os
import signal
import threading
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from database import connect


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/players":
            self.answer("SELECT name, forty_yards::text FROM players ORDER BY forty_yards, name")
        elif self.path == "/health":
            self.answer("SELECT 'ok', '1'")
        else:
            self.send(404, {"error": "not found"})

    def answer(self, sql: str) -> None:
        try:
            with closing(connect()) as database:
                rows = database.run(sql)
        except Exception as error:  # whatever the driver throws, the server goes on
            self.log_error("the database did not answer: %s", type(error).__name__)
            self.send(503, {"error": "the database does not answer"})
            return
        self.send(200, [{"name": name, "forty_yards": forty_yards} for name, forty_yards in rows])

    def send(self, status: int, body: object) -> None:
        payload = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)


def main() -> None:
    address = (os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "8000")))
    server = ThreadingHTTPServer(address, Handler)

    def stop(_signal: int, _frame: object) -> None:
        # shutdown() waits for the loop, which this handler interrupts: so from another thread.
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    print(f"listening on http://{address[0]}:{server.server_port}", flush=True)
    server.serve_forever()
    server.server_close()
    print("stopped", flush=True)


main()
