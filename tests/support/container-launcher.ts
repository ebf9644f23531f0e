import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import type { DockerDaemon } from "@conduit/provider-local/testing";
import type { LaunchedPod, PodLauncher } from "@conduit/provider-runpod/testing";

interface ContainerLauncherOptions {
  /** In addition to what the pod is given. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Folders of this machine that containers read where they are. */
  readonly folders?: readonly string[] | undefined;
}

/**
 * Runs the image of each pod in Docker, as RunPod does. What one process has started only that process sees the end of; the containers end with
 * the daemon.
 */
export function containerLauncher(
  { client }: DockerDaemon,
  { env = {}, folders = [] }: ContainerLauncherOptions = {},
): PodLauncher {
  async function start(folder: string, pod: LaunchedPod): Promise<void> {
    for (const volume of pod.volumes) {
      mkdirSync(volume.folder, { recursive: true });
      chmodSync(volume.folder, 0o777);
    }
    const container = await client.createContainer({
      Image: pod.image,
      ...(pod.args !== "" && { Cmd: pod.args.split(" ") }),
      Env: Object.entries({ ...pod.env, ...env }).map(([name, value]) => `${name}=${value}`),
      HostConfig: {
        PublishAllPorts: true,
        Binds: [
          ...pod.volumes.map(({ folder: source, path }) => `${source}:${path}`),
          ...folders.map((path) => `${path}:${path}:ro`),
        ],
      },
    });
    writeFileSync(join(folder, "container"), container.id);
    await container.start();
    const log = await container.attach({ stream: true, logs: true, stdout: true, stderr: true });
    client.modem.demuxStream(log, appendTo(folder), appendTo(folder));
    const noteEnd = () => {
      if (existsSync(folder)) writeFileSync(join(folder, "ended"), "");
    };
    // It rejects where the daemon ends, and the container with it.
    container.wait().then(noteEnd, noteEnd);
    const { NetworkSettings: network } = await container.inspect();
    for (const [port, bindings] of Object.entries(network.Ports)) {
      writeFileSync(join(folder, `port-${parseInt(port, 10)}`), bindings?.[0]?.HostPort ?? "");
    }
  }

  return {
    start,

    portOf(folder, containerPort) {
      const file = join(folder, `port-${containerPort}`);
      return existsSync(file) ? Number(readFileSync(file, "utf8")) : undefined;
    },

    isAlive(folder) {
      return existsSync(join(folder, "container")) ? !existsSync(join(folder, "ended")) : undefined;
    },

    end(folder) {
      const file = join(folder, "container");
      if (!existsSync(file) || existsSync(join(folder, "ended"))) return;
      client
        .getContainer(readFileSync(file, "utf8"))
        .kill()
        .catch(() => {
          // It has ended by itself.
        });
    },
  };
}

function appendTo(folder: string): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      // The folder goes with the stand-in, which does not wait for the last words of its pods.
      if (existsSync(folder)) appendFileSync(join(folder, "log"), chunk);
      done();
    },
  });
}
