import assert from "node:assert/strict";
import { test } from "node:test";
import { compileSchema } from "@conduit/types";
import { createPodBody } from "../pods/create-pod-body.ts";
import { OpenApiDocument, skipWithoutDocument } from "../testing/open-api-document.ts";
import { sampleGpuType, samplePod, sampleProblem, sampleSpec } from "../testing/sample-answers.ts";
import { GpuType, Pod } from "./wire.ts";

test("the answers that tests use are RunPod's", { skip: skipWithoutDocument }, () => {
  const document = OpenApiDocument.load();
  assert.deepEqual(document?.valueViolations("Pod", samplePod()), []);
  assert.deepEqual(document?.valueViolations("GpuType", sampleGpuType()), []);
  assert.deepEqual(document?.valueViolations("ErrorResponse", sampleProblem(400, "no")), []);
});

test("what Conduit reads is what RunPod says to be there", async () => {
  assert.ok((await compileSchema(Pod).check(samplePod())).valid);
  assert.ok((await compileSchema(GpuType).check(sampleGpuType())).valid);
});

test("a request that RunPod's document does not allow is seen", { skip: skipWithoutDocument }, () => {
  const document = OpenApiDocument.load();
  const headers = new Headers({ authorization: "Bearer key" });
  const violations = (method: string, path: string, body?: unknown) =>
    document?.requestViolations({ method, url: new URL(path, "https://api.runpod.io"), headers, body });
  const body = createPodBody(sampleSpec(), {}, "https://api.runpod.io");
  assert.deepEqual(violations("POST", "/v2/pods", body), []);
  for (const wrong of [
    { ...body, interruptible: true },
    { ...body, disk: "20" },
    { ...body, gpu: { count: 1 } },
    { ...body, mounts: { persistent: { size: 5, path: "/workspace" } } },
  ]) {
    assert.notDeepEqual(violations("POST", "/v2/pods", wrong), []);
  }
  assert.deepEqual(violations("GET", "/v2/pods/p/logs?tail=20&source=container"), []);
  assert.notDeepEqual(violations("GET", "/v2/pods/p/logs?tail=9000"), []);
  assert.notDeepEqual(violations("GET", "/v2/pods/p/logs?lines=20"), []);
  assert.notDeepEqual(violations("POST", "/v2/pods/p/action", { action: "pause" }), []);
  assert.notDeepEqual(violations("GET", "/v1/pods"), []);
  assert.notDeepEqual(violations("PUT", "/v2/pods"), []);
});
