// The schema that GET /v1/schema answers with: docs/openapi.json, put here by scripts/embed-schema.
// swift-format-ignore-file

/// The OpenAPI document, byte for byte.
let openAPIDocument = #"""
{
  "openapi": "3.1.0",
  "info": {
    "title": "pidd",
    "version": "1",
    "license": { "name": "see LICENSE" },
    "description": "The strict interface of pidd beside the RD verbs: one scanner, many programs, one capture at a time. HTTP/1.1 on a Unix socket. Unknown members and headers are ignored by both sides; members are only added within version 1. docs/protocol.md explains it with examples."
  },
  "servers": [
    { "url": "http://localhost", "description": "curl --unix-socket /run/pidd/pidd.sock http://localhost/v1" }
  ],
  "paths": {
    "/v1": {
      "get": {
        "operationId": "about",
        "summary": "Versions, features and limits.",
        "parameters": [{ "$ref": "#/components/parameters/RequestID" }],
        "responses": {
          "200": { "description": "What this daemon is.",
            "content": { "application/json": { "schema": { "$ref": "#/components/schemas/About" } } } },
          "default": { "$ref": "#/components/responses/Problem" }
        }
      }
    },
    "/v1/schema": {
      "get": {
        "operationId": "schema",
        "summary": "This document, byte for byte the file docs/openapi.json.",
        "responses": {
          "200": { "description": "OpenAPI 3.1.",
            "content": { "application/json": { "schema": { "type": "object" } } } },
          "default": { "$ref": "#/components/responses/Problem" }
        }
      }
    },
    "/v1/status": {
      "get": {
        "operationId": "status",
        "summary": "Scanners, the desk in front of them, and what has happened since the start.",
        "description": "Request ids are shown to the same uid and to admins only.",
        "responses": {
          "200": { "description": "The state at this moment.",
            "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Status" } } } },
          "default": { "$ref": "#/components/responses/Problem" }
        }
      }
    },
    "/v1/captures": {
      "post": {
        "operationId": "capture",
        "summary": "Waits for the scanner, captures, and answers with a sealed PID.",
        "description": "The strict twin of CAPTURE. Closing the connection cancels the request; so does DELETE. A half-closed connection still waits. An empty body means all defaults.",
        "parameters": [
          { "$ref": "#/components/parameters/RequestID" },
          { "$ref": "#/components/parameters/Prefer" }
        ],
        "requestBody": {
          "content": { "application/json": { "schema": { "$ref": "#/components/schemas/CaptureRequest" } } }
        },
        "responses": {
          "200": { "description": "A capture.",
            "headers": {
              "Pidd-Request-Id": { "$ref": "#/components/headers/Pidd-Request-Id" },
              "Pidd-Outcome": { "$ref": "#/components/headers/Pidd-Outcome" },
              "Preference-Applied": { "schema": { "type": "string" }, "description": "wait=N, as it was honoured." }
            },
            "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Capture" } } } },
          "400": { "$ref": "#/components/responses/Problem" },
          "403": { "$ref": "#/components/responses/Problem" },
          "409": { "$ref": "#/components/responses/Problem" },
          "415": { "$ref": "#/components/responses/Problem" },
          "429": { "$ref": "#/components/responses/Problem" },
          "500": { "$ref": "#/components/responses/Problem" },
          "502": { "$ref": "#/components/responses/Problem" },
          "503": { "$ref": "#/components/responses/Problem" },
          "504": { "$ref": "#/components/responses/Problem" },
          "default": { "$ref": "#/components/responses/Problem" }
        }
      }
    },
    "/v1/captures/{id}": {
      "delete": {
        "operationId": "cancel",
        "summary": "Cancels the requests with this id, waiting or capturing: one's own, or as an admin anybody's.",
        "parameters": [
          { "name": "id", "in": "path", "required": true, "schema": { "$ref": "#/components/schemas/RequestID" } }
        ],
        "responses": {
          "204": { "description": "They were told to end; each is answered with 409 and code cancelled." },
          "404": { "$ref": "#/components/responses/Problem" },
          "default": { "$ref": "#/components/responses/Problem" }
        }
      }
    },
    "/v1/events": {
      "get": {
        "operationId": "events",
        "summary": "What happens from now on, one JSON object a line, until the reader closes or the daemon stops.",
        "description": "The first line is hello. Nothing is sent while nothing happens. A reader that falls more than 64 KiB behind is cut.",
        "parameters": [
          { "name": "request", "in": "query", "required": false,
            "description": "Only events of the requests with this id, and device and closing; the stream ends after their done.",
            "schema": { "$ref": "#/components/schemas/RequestID" } }
        ],
        "responses": {
          "200": { "description": "A stream of events.",
            "content": { "application/x-ndjson": { "schema": { "$ref": "#/components/schemas/Event" } } } },
          "default": { "$ref": "#/components/responses/Problem" }
        }
      }
    },
    "/v1/metrics": {
      "get": {
        "operationId": "metrics",
        "summary": "Counters and gauges as OpenMetrics text.",
        "responses": {
          "200": { "description": "OpenMetrics 1.0.",
            "content": { "application/openmetrics-text": { "schema": { "type": "string" } } } },
          "default": { "$ref": "#/components/responses/Problem" }
        }
      }
    }
  },
  "components": {
    "parameters": {
      "RequestID": {
        "name": "Pidd-Request-Id", "in": "header", "required": false,
        "description": "A name for this request, chosen by the client, for events, cancelling and the journal. Without one the daemon makes one.",
        "schema": { "$ref": "#/components/schemas/RequestID" }
      },
      "Prefer": {
        "name": "Prefer", "in": "header", "required": false,
        "description": "wait=N: wait in line for at most N seconds, 0 to 120; 15 without it. 0 means to be refused at once when the scanner is in use.",
        "schema": { "type": "string", "examples": ["wait=30"] }
      }
    },
    "headers": {
      "Pidd-Request-Id": {
        "description": "The id of this request, in every answer.",
        "schema": { "$ref": "#/components/schemas/RequestID" }
      },
      "Pidd-Outcome": {
        "description": "captured, or the code of the problem; on captures of both dialects.",
        "schema": { "type": "string" }
      },
      "Retry-After": { "description": "Seconds to wait before asking again.", "schema": { "type": "integer" } }
    },
    "responses": {
      "Problem": {
        "description": "Why not (RFC 9457).",
        "headers": {
          "Pidd-Request-Id": { "$ref": "#/components/headers/Pidd-Request-Id" },
          "Retry-After": { "$ref": "#/components/headers/Retry-After" }
        },
        "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } }
      }
    },
    "schemas": {
      "RequestID": { "type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$" },
      "About": {
        "type": "object",
        "required": ["service", "version", "api", "features", "limits"],
        "properties": {
          "service": { "const": "pidd" },
          "version": { "type": "string" },
          "api": {
            "type": "object", "required": ["min", "max"],
            "properties": { "min": { "type": "integer" }, "max": { "type": "integer" } }
          },
          "features": {
            "type": "array", "items": { "type": "string" },
            "description": "Names of what may be missing elsewhere, such as fmr, fir, protobuf, fingers, min-quality, cancel, device, events, metrics, wait."
          },
          "limits": {
            "type": "object",
            "required": ["body_bytes", "head_bytes", "connections", "connections_per_uid", "waiting", "waiting_per_uid",
              "wait_default_ms", "wait_max_ms", "capture_max_ms", "lease_grace_ms", "lease_contested_ms", "fingers_max"],
            "additionalProperties": { "type": "integer" }
          }
        }
      },
      "CaptureRequest": {
        "type": "object",
        "properties": {
          "fingers": { "type": "integer", "minimum": 1, "maximum": 10, "default": 1 },
          "type": { "enum": ["fmr", "fir", "both"], "default": "fmr" },
          "posh": {
            "type": "array", "items": { "type": "string" }, "default": [],
            "description": "Fingers such as LEFT_INDEX, as many as fingers, in the order in which they are asked for; empty leaves the choice to the person."
          },
          "timeout_ms": { "type": "integer", "minimum": 1, "maximum": 99999, "default": 10000,
            "description": "For all fingers together, from the moment that the scanner is had." },
          "min_quality": { "type": ["integer", "null"], "minimum": 0, "maximum": 100, "default": null,
            "description": "The least quality of each finger; null leaves it to the settings of the daemon." },
          "wadh": { "type": "string", "default": "", "description": "44 characters of base64, or empty." },
          "env": { "enum": ["P", "PP", "S"], "default": "P" },
          "otp": { "type": ["string", "null"], "pattern": "^[0-9]{6}$", "default": null, "writeOnly": true },
          "format": { "enum": ["xml", "protobuf"], "default": "xml" },
          "device": { "type": "string", "default": "", "pattern": "^[A-Za-z0-9._-]{0,100}$",
            "description": "The id of the scanner to use, as the status lists it; empty for the one that is marked default." }
        }
      },
      "Capture": {
        "type": "object",
        "required": ["id", "pid_data", "nm_points", "q_score", "duration_ms"],
        "properties": {
          "id": { "$ref": "#/components/schemas/RequestID" },
          "pid_data": { "type": "string", "description": "The PidData document, to be handed on unchanged." },
          "nm_points": { "type": "array", "items": { "type": "integer" }, "description": "Minutiae of each finger." },
          "q_score": { "type": "array", "items": { "type": "integer" }, "description": "Quality of each finger, 0 to 100." },
          "duration_ms": { "type": "integer", "description": "From the request to its answer, waiting included." }
        }
      },
      "Party": {
        "type": "object",
        "required": ["uid", "program"],
        "properties": {
          "uid": { "type": "integer" },
          "program": { "type": "string", "description": "For display only." },
          "request_id": { "$ref": "#/components/schemas/RequestID" }
        }
      },
      "Problem": {
        "type": "object",
        "required": ["type", "title", "status", "code", "cause", "next_step", "request_id"],
        "properties": {
          "type": { "type": "string", "description": "urn:pidd:problem: and the code." },
          "title": { "type": "string", "description": "The HTTP reason phrase." },
          "status": { "type": "integer" },
          "code": { "type": "string", "description": "A stable name for scripts; docs/protocol.md lists them." },
          "cause": { "type": "string" },
          "next_step": { "type": "string", "description": "What to do; may be empty." },
          "request_id": { "$ref": "#/components/schemas/RequestID" },
          "rd_code": { "type": "integer", "description": "What CAPTURE would say as errCode." },
          "field": { "type": "string", "description": "The member of the request that is wrong." },
          "retry_after_ms": { "type": "integer" },
          "holder": { "$ref": "#/components/schemas/Party" }
        }
      },
      "Scanner": {
        "type": "object",
        "required": ["id", "driver", "maker", "model", "state", "default", "generation"],
        "properties": {
          "id": { "type": "string", "description": "The same after unplugging and plugging in again." },
          "driver": { "type": "string" },
          "maker": { "type": "string" },
          "model": { "type": "string" },
          "state": { "enum": ["unused", "starting", "ready", "capturing", "cooling", "recovering", "failed", "unsupported"],
            "description": "unused: works as far as is known, and is opened by the first capture that names it. recovering: did not answer and is being brought back. unsupported: known, but nothing here can drive it." },
          "default": { "type": "boolean", "description": "Captures that name no device go to this one." },
          "generation": { "type": "integer", "description": "Rises each time that a scanner comes; what was asked of an earlier generation does not go on." },
          "attempt": { "type": "integer", "minimum": 0, "description": "starting: which attempt to open it, from 1; 0 while the machine sleeps." },
          "reason": { "type": "string", "description": "failed, unsupported: why, and what can be done. starting: why the last attempt failed." }
        }
      },
      "Status": {
        "type": "object",
        "required": ["version", "uptime_ms", "scanners", "certificates", "desk"],
        "properties": {
          "version": { "type": "string" },
          "uptime_ms": { "type": "integer" },
          "scanners": { "type": "array", "items": { "$ref": "#/components/schemas/Scanner" } },
          "certificates": { "type": "array", "items": { "$ref": "#/components/schemas/Certificates" } },
          "desk": { "$ref": "#/components/schemas/Desk" }
        }
      },
      "Certificates": {
        "type": "object",
        "description": "When the certificates of the attached scanner end for one of UIDAI's environments, in seconds since the Unix epoch.",
        "required": ["environment"],
        "properties": {
          "environment": { "enum": ["P", "PP", "S"] },
          "mc_not_after": { "type": "integer", "description": "The device certificate." },
          "uidai_not_after": { "type": "integer", "description": "UIDAI's certificate." },
          "warning_days": {
            "enum": [14, 7, 1, 0],
            "description": "So many days are left, or fewer; 0: captures are refused. Absent while there are more than 14."
          }
        }
      },
      "Lane": {
        "type": "object",
        "required": ["state", "holder", "waiting"],
        "description": "What happens in front of one scanner.",
        "properties": {
          "device": { "type": "string", "description": "The id of the scanner." },
          "state": { "enum": ["free", "leased", "stopping", "lifting"],
            "description": "lifting: the finger of the last capture has to leave the sensor first." },
          "holder": {
            "oneOf": [
              { "type": "null" },
              { "allOf": [{ "$ref": "#/components/schemas/Party" }],
                "required": ["held_ms", "remaining_ms"],
                "properties": { "held_ms": { "type": "integer" }, "remaining_ms": { "type": "integer" } } }
            ]
          },
          "waiting": {
            "type": "array",
            "description": "In the order of service.",
            "items": {
              "allOf": [{ "$ref": "#/components/schemas/Party" }],
              "required": ["position", "waited_ms", "remaining_ms"],
              "properties": {
                "position": { "type": "integer", "minimum": 1 },
                "waited_ms": { "type": "integer" },
                "remaining_ms": { "type": "integer" }
              }
            }
          }
        }
      },
      "Desk": {
        "allOf": [{ "$ref": "#/components/schemas/Lane" }],
        "type": "object",
        "required": ["closing", "counters", "lanes"],
        "description": "All scanners; state, holder and waiting are those of the default one.",
        "properties": {
          "closing": { "type": "boolean" },
          "lanes": {
            "type": "array", "description": "One for each scanner, in the order of ids.",
            "items": { "allOf": [{ "$ref": "#/components/schemas/Lane" }], "required": ["device"] }
          },
          "counters": {
            "type": "object",
            "required": ["asked", "granted", "ended", "lifts_missed", "stuck"],
            "properties": {
              "asked": { "type": "integer" },
              "granted": { "type": "integer" },
              "ended": {
                "type": "object", "additionalProperties": { "type": "integer" },
                "description": "By outcome at the desk: succeeded, failed, or the code of the refusal."
              },
              "lifts_missed": { "type": "integer" },
              "stuck": { "type": "integer" }
            }
          }
        }
      },
      "Event": {
        "type": "object",
        "required": ["seq", "event"],
        "description": "The members beside seq and event depend on the event; uid, program and request_id say whose it is, the last only to those who may see it.",
        "properties": {
          "seq": { "type": "integer",
            "description": "Rises; without ?request= a gap means that events were lost. hello has the number of the last event before it." },
          "event": {
            "enum": ["hello", "device", "queue", "lease", "put-finger", "lift-finger", "finger-present", "retry", "captured",
              "finger-lifted", "remove-finger", "finger-gone", "quality", "done", "stuck", "closing"]
          },
          "device": { "type": "string", "description": "The id of the scanner, in all but hello and closing." },
          "uid": { "type": "integer" },
          "program": { "type": "string" },
          "request_id": { "$ref": "#/components/schemas/RequestID" },
          "version": { "type": "string", "description": "hello" },
          "scanners": { "type": "array", "items": { "$ref": "#/components/schemas/Scanner" }, "description": "hello" },
          "desk": { "$ref": "#/components/schemas/Desk", "description": "hello" },
          "state": { "enum": ["absent", "starting", "ready", "granted", "stopping", "ended"],
            "description": "device: absent, starting, ready. lease: granted, stopping, ended (also of a request that only waited)." },
          "generation": { "type": "integer", "description": "device" },
          "reason": { "type": "string", "description": "lease stopping: the code of why." },
          "waiting": {
            "type": "array", "description": "queue, without ?request=: all who wait, in the order of service.",
            "items": { "$ref": "#/components/schemas/Party" }
          },
          "position": { "type": "integer", "description": "queue, with ?request=: the place in line, 1 for the next." },
          "timeout_ms": { "type": "integer", "description": "put-finger: how long the finger is waited for." },
          "index": { "type": "integer", "description": "put-finger, lift-finger: which finger is meant, 1 for the first." },
          "of": { "type": "integer", "description": "put-finger, lift-finger: how many fingers the capture has." },
          "finger": { "type": "string", "description": "put-finger, lift-finger: the finger as in posh, UNKNOWN for any." },
          "hint": { "enum": ["try-again", "press-longer", "center-finger", "remove-finger", "low-quality", "another-finger"], "description": "retry" },
          "nm_points": { "type": "array", "items": { "type": "integer" }, "description": "quality" },
          "q_score": { "type": "array", "items": { "type": "integer" }, "description": "quality" },
          "outcome": { "type": "string", "description": "done: captured, or the code of the problem. lease ended: as in the counters of the desk." },
          "duration_ms": { "type": "integer", "description": "done" }
        }
      }
    }
  }
}

"""#
