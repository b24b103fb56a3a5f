import { randomUUID } from "node:crypto";
import type { Socket } from "node:net";
import { HttpError, problemBody, problemHeaders, problemKinds } from "./problem.ts";

function answerTo(code: string | undefined): HttpError {
  switch (code) {
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new HttpError("request_timeout", "The request did not arrive in time. Send it again, in one go.");
    case "HPE_HEADER_OVERFLOW":
      return new HttpError("headers_too_large", "The headers are over 16 KB. A browser may hold too many cookies.");
    default:
      return new HttpError("malformed_request", "The server could not read this as an HTTP/1.1 request.");
  }
}

/** Answers what is no HTTP request, and so reaches no route. */
export function answerClientError(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const answer = answerTo(error.code);
  const body = JSON.stringify(problemBody(answer, randomUUID()));
  const { status, title } = problemKinds[answer.code];
  const headers = { ...problemHeaders(answer), "content-length": String(Buffer.byteLength(body)), connection: "close" };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${title}\r\n${lines.join("")}\r\n${body}`);
}
