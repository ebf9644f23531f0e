import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readFacts, readWholeDocument } from "./document.ts";
import { Operations } from "./operations.ts";
import { checkRequest } from "./request-check.ts";
import { Schemas } from "./schemas.ts";

const json = { "content-type": "application/json" };
const pod = { name: "a", image: "image", gpu: { id: "NVIDIA L4" } };

for (const [name, document] of [
  ["the whole document", readWholeDocument()],
  ["the facts in the repository", readFacts()],
] as const) {
  describe(`by ${name}`, { skip: document === undefined && "CONDUIT_TEST_DATA is not set" }, () => {
    if (document === undefined) return;
    const operations = new Operations(document);
    const schemas = new Schemas(document);

    /** What is wrong with a request. */
    function problems(method: string, url: string, body?: unknown, headers: object = json): string[] {
      const { pathname, searchParams: query } = new URL(url, "http://localhost");
      const found = operations.match(method, pathname);
      if (found === undefined || !("operation" in found)) return [`no ${method} ${pathname}`];
      const text = body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body);
      const request = { query, headers: { ...headers }, text };
      const { badRequest, unprocessable } = checkRequest(found.operation, found.path, request, schemas);
      return [...unprocessable, ...badRequest];
    }

    test("right requests pass", () => {
      assert.deepEqual(problems("POST", "/v2/pods", pod), []);
      assert.deepEqual(problems("POST", "/v2/pods", { ...pod, image: undefined, templateId: "t" }), []);
      assert.deepEqual(problems("POST", "/v2/pods/abc/action", { action: "stop" }), []);
      assert.deepEqual(problems("GET", "/v2/pods?includeClusterPods=false"), []);
      const filters = "include=AVAILABILITY&product=POD,SERVERLESS&count=2&cloud=SECURE&countryCodes=FR,DE";
      assert.deepEqual(problems("GET", `/v2/catalog/gpus?${filters}`), []);
      assert.deepEqual(problems("GET", "/v2/pods/abc/logs?tail=5&since=2026-01-01T00:00:00Z"), []);
      const cursor = { "last-event-id": "2026-01-01T00:00:00.001Z/000000000002" };
      assert.deepEqual(problems("GET", "/v2/pods/abc/logs", undefined, cursor), []);
    });

    test("a body has what its schema asks for and nothing else", () => {
      assert.deepEqual(problems("POST", "/v2/pods", { ...pod, bogus: 1 }), [
        "$: additional properties 'bogus' not allowed",
      ]);
      assert.match(problems("POST", "/v2/pods", { ...pod, name: undefined }).join(), /property 'name'/);
      assert.match(problems("POST", "/v2/pods", { ...pod, image: undefined }).join(), /property 'image'/);
      assert.match(problems("POST", "/v2/pods", { ...pod, disk: 0 }).join(), /^\$\.disk: must be >= 1/);
      assert.match(
        problems("POST", "/v2/pods", { ...pod, env: { A: 1 } }).join(),
        /^\$\.env\.A: must be string/,
      );
      assert.match(problems("POST", "/v2/pods", { ...pod, cloud: "ANY" }).join(), /SECURE, COMMUNITY/);
      assert.match(
        problems("POST", "/v2/pods", { ...pod, mounts: { persistent: { size: 5, path: "/x" } } }).join(),
        /must be >= 10/,
      );
      assert.match(
        problems("POST", "/v2/pods/abc/action", { action: "boot" }).join(),
        /action: must be equal/,
      );
      assert.match(problems("POST", "/v2/pods/abc/action").join(), /expected a body/);
      assert.match(problems("DELETE", "/v2/pods/abc", {}).join(), /expected no body/);
      assert.match(problems("POST", "/v2/pods", "{").join(), /expected JSON/);
      assert.match(problems("POST", "/v2/pods", pod, {}).join(), /content-type application\/json/);
    });

    test("parameters are known, written as the document says, and of their types", () => {
      assert.match(problems("GET", "/v2/pods?name=a").join(), /name: no such query parameter/);
      assert.match(problems("GET", "/v2/pods?includeClusterPods=yes").join(), /must be boolean/);
      const catalogue = "/v2/catalog/gpus?include=AVAILABILITY&product=POD";
      assert.match(problems("GET", `${catalogue}&count=0`).join(), /count: must be >= 1/);
      assert.match(problems("GET", `${catalogue}&count=two`).join(), /count: must be integer/);
      assert.match(problems("GET", `${catalogue}&countryCodes=fr`).join(), /must match pattern/);
      assert.match(
        problems("GET", `${catalogue}&product=CLUSTER`).join(),
        /product: must be there once only/,
      );
      assert.match(problems("GET", "/v2/pods/abc/logs?since=yesterday").join(), /must match format/);
      assert.match(problems("GET", "/v2/pods/abc/logs?tail=6000").join(), /must be <= 5000/);
    });

    test("rules across fields hold", () => {
      const breaks = (change: object, rule: RegExp) =>
        assert.match(problems("POST", "/v2/pods", { ...pod, ...change }).join(), rule);
      breaks({ gpu: undefined }, /exactly one of gpu and cpu/);
      breaks({ cpu: { id: "cpu5c", vcpuCount: 2 } }, /exactly one of gpu and cpu/);
      breaks({ ports: ["8000"] }, /expected <port>\/http or <port>\/tcp/);
      breaks({ mounts: { network: [] } }, /must not be empty/);
      const both = { persistent: { size: 10, path: "/x" }, network: [{ volumeId: "v", path: "/y" }] };
      breaks({ mounts: both }, /exclude each other/);
      breaks(
        { gpu: { id: "x", allowedCudaVersions: ["12.8"], minCudaVersion: "12.4" } },
        /exclude each other/,
      );
      assert.match(problems("GET", "/v2/catalog/gpus?include=AVAILABILITY").join(), /requires product/);
      assert.match(problems("GET", "/v2/catalog/gpus?count=2").join(), /only with include=AVAILABILITY/);
    });

    test("other paths and methods are none", () => {
      assert.deepEqual(problems("GET", "/v1/pods"), ["no GET /v1/pods"]);
      assert.deepEqual(problems("PUT", "/v2/pods"), ["no PUT /v2/pods"]);
    });
  });
}
