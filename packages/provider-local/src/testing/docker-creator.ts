// Creates a node at a Docker daemon, tells that it has, and stays until it is killed.
//
//   docker-creator.ts <daemon's URL> <name> <image>
import { LocalProvider } from "../local-provider.ts";
import { thisMachine } from "../this-machine.ts";

const [host = "", name = "", image = ""] = process.argv.slice(2);
const provider = new LocalProvider({ mode: "docker", docker: { host, huggingFaceCache: false } });
const node = await provider.createNode({
  name,
  offering: thisMachine(),
  workload: {
    image,
    env: {},
    secretEnv: {},
    ports: [{ name: "http", containerPort: 8000, protocol: "http" }],
    healthPath: "/",
  },
});
console.log(node.status);
setInterval(() => {}, 60_000);
