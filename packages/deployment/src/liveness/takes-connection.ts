import { connect } from "node:net";

const TIMEOUT_MS = 5_000;

/** Whether something at the address takes a connection, from where this process is. Never rejects. */
export function takesConnection(baseUrl: string): Promise<boolean> {
  const { hostname, port, protocol } = new URL(baseUrl);
  return new Promise((resolve) => {
    const socket = connect({
      host: hostname.replace(/^\[(.*)\]$/, "$1"),
      port: port === "" ? (protocol === "https:" ? 443 : 80) : Number(port),
      timeout: TIMEOUT_MS,
    });
    const end = (takes: boolean) => {
      socket.destroy();
      resolve(takes);
    };
    socket.once("connect", () => end(true));
    socket.once("timeout", () => end(false));
    socket.once("error", () => end(false));
  });
}
