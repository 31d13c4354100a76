// The JSON Schema (draft 2020-12) of time_sync.json. A test compares it with what the program writes, with an
// independent validator.

extension SyncResult {
    /// Ready to print.
    package static let jsonSchema = """
        {
          "$schema": "https://json-schema.org/draft/2020-12/schema",
          "$id": "urn:tickrun:time-sync:1",
          "title": "Time synchronization",
          "description": "What 'tickrun check' found, and its verdict.",
          "type": "object",
          "additionalProperties": false,
          "required": [
            "schema", "method", "external_assurance", "heartbeat_max_delta_seconds", "heartbeat_threshold_seconds",
            "status", "exception", "exception_considered", "note", "notes", "remedies", "threshold_pairwise_ns",
            "threshold_alone_ns", "pairwise_worst", "nodes", "proxies", "host", "version", "environment", "tool",
            "tool_version", "checked_utc", "checked_utc_ns"
          ],
          "properties": {
            "schema": { "const": "\(schemaName)" },
            "method": { "type": "string", "minLength": 1, "description": "The evidence of the verdict: methods, assurance and proxy, joined by _plus_." },
            "azure_ntp_sla": { "const": "TRUSTED", "description": "Only where the assurance of that name was used." },
            "external_assurance": { "description": "The assurance that the status uses.", "anyOf": [{ "type": "null" }, { "$ref": "#/$defs/assurance" }] },
            "heartbeat_max_delta_seconds": { "type": ["number", "null"], "minimum": 0, "description": "The spread of the proxy that counts, in seconds." },
            "heartbeat_threshold_seconds": { "const": 5, "description": "Up to this spread, inclusive, a proxy passes." },
            "status": { "enum": ["PASS", "PASS_WITH_EXCEPTION", "FAIL_PROXY_PASS_SLA", "FAIL"] },
            "exception": { "type": ["string", "null"], "description": "The id of the exception that the status uses." },
            "exception_considered": { "description": "The exception that was given.", "anyOf": [{ "type": "null" }, { "$ref": "#/$defs/exception" }] },
            "note": { "type": "string", "minLength": 1 },
            "notes": { "$ref": "#/$defs/texts" },
            "remedies": { "$ref": "#/$defs/texts" },
            "threshold_pairwise_ns": { "type": "integer", "minimum": 1, "maximum": 50000000, "description": "Any two nodes, uncertainty included. The requirement is 50000000." },
            "threshold_alone_ns": { "type": "integer", "minimum": 1, "maximum": 25000000, "description": "A single node against UTC, uncertainty included. The requirement is 25000000." },
            "threshold_alone_is_for_every_node": { "const": true, "description": "Only where every node was compared with UTC, and not only a single one." },
            "pairwise_worst": { "description": "The two nodes that may be the farthest apart.", "anyOf": [{ "type": "null" }, { "$ref": "#/$defs/pair" }] },
            "nodes": { "type": "array", "items": { "$ref": "#/$defs/node" } },
            "proxies": { "type": "array", "items": { "$ref": "#/$defs/proxy" } },
            "host": { "type": ["string", "null"], "description": "The node that ran the check; null if only files were judged." },
            "version": { "type": "string" },
            "environment": { "type": ["string", "null"] },
            "tool": { "type": "string" },
            "tool_version": { "type": "string" },
            "checked_utc": { "$ref": "#/$defs/utc" },
            "checked_utc_ns": { "type": "integer" }
          },
          "allOf": [
            { "if": { "properties": { "status": { "enum": ["PASS", "FAIL"] } } },
              "then": { "properties": { "exception": { "type": "null" }, "external_assurance": { "type": "null" } } },
              "else": { "properties": { "exception": { "type": "string" }, "external_assurance": { "type": "object" } } } }
          ],
          "$defs": {
            "texts": { "type": "array", "items": { "type": "string", "minLength": 1 } },
            "utc": { "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\\\.[0-9]+)?Z$" },
            "length": { "type": ["integer", "null"] },
            "method": { "enum": ["peer_exchange", "ptp_exchange", "ntp_query", "clockbound", "chronyc_tracking", "kernel_adjtimex"] },
            "assurance": {
              "type": "object", "additionalProperties": false,
              "required": ["name", "title", "claimed_bound_ns", "document"],
              "properties": {
                "name": { "type": "string" }, "title": { "type": "string" },
                "claimed_bound_ns": { "type": "integer", "minimum": 0 }, "document": { "type": ["string", "null"] }
              }
            },
            "exception": {
              "type": "object", "additionalProperties": false,
              "required": ["id", "version", "environment", "authority", "issued", "expires", "accepts", "applies", "refusals", "removable", "reason"],
              "properties": {
                "id": { "type": "string" }, "version": { "type": "string" }, "environment": { "type": "string" },
                "authority": { "type": "string" }, "issued": { "$ref": "#/$defs/utc" }, "expires": { "$ref": "#/$defs/utc" },
                "accepts": { "$ref": "#/$defs/assurance" }, "applies": { "type": "boolean" },
                "refusals": { "$ref": "#/$defs/texts" }, "removable": { "type": "boolean" }, "reason": { "type": ["string", "null"] }
              }
            },
            "pair": {
              "type": "object", "additionalProperties": false,
              "required": ["a", "b", "lower_ns", "upper_ns", "skew_ns"],
              "properties": {
                "a": { "type": "string" }, "b": { "type": "string" }, "lower_ns": { "type": "integer" },
                "upper_ns": { "type": "integer" }, "skew_ns": { "type": "integer", "minimum": 0 }
              }
            },
            "node": {
              "type": "object", "additionalProperties": false,
              "required": ["node", "standing", "method", "utc_offset_ns", "utc_bound_ns", "evidence"],
              "properties": {
                "node": { "type": "string" }, "standing": { "enum": ["within", "over", "unmeasured"] },
                "method": { "anyOf": [{ "type": "null" }, { "$ref": "#/$defs/method" }] },
                "utc_offset_ns": { "$ref": "#/$defs/length", "description": "How far UTC is ahead of the node's clock." },
                "utc_bound_ns": { "$ref": "#/$defs/length" },
                "evidence": { "type": "array", "items": { "$ref": "#/$defs/evidence" } }
              }
            },
            "evidence": {
              "type": "object", "additionalProperties": false,
              "required": ["method", "source", "against", "state", "provenance", "offset_ns", "bound_ns", "lower_ns", "upper_ns", "reason", "taken_utc", "taken_utc_ns", "raw"],
              "properties": {
                "method": { "$ref": "#/$defs/method" }, "source": { "type": "string" },
                "against": { "type": "string", "pattern": "^(utc|node:.+)$" },
                "state": { "enum": ["measured", "unfounded", "failed", "unknown"], "description": "Only 'measured' counts. 'unfounded' was stated without a source that leads to UTC." },
                "provenance": { "enum": ["referenced", "unreferenced", "circular", "unstated", null], "description": "The provenance of a bound on UTC; null for an exchange of two nodes, and where nothing was stated." },
                "offset_ns": { "$ref": "#/$defs/length", "description": "How far the reference is ahead of the node's clock." },
                "bound_ns": { "$ref": "#/$defs/length" }, "lower_ns": { "$ref": "#/$defs/length" }, "upper_ns": { "$ref": "#/$defs/length" },
                "reason": { "type": ["string", "null"] }, "taken_utc": { "$ref": "#/$defs/utc" }, "taken_utc_ns": { "type": "integer" },
                "raw": { "type": "object", "additionalProperties": { "type": "string" } }
              }
            },
            "proxy": {
              "type": "object", "additionalProperties": false,
              "required": ["kind", "source", "spread_seconds", "passes", "reason", "times"],
              "properties": {
                "kind": { "enum": ["node_heartbeat", "node_lease"] }, "source": { "type": "string" },
                "spread_seconds": { "type": ["number", "null"], "minimum": 0 }, "passes": { "type": ["boolean", "null"] },
                "reason": { "type": ["string", "null"] },
                "times": { "type": "object", "additionalProperties": { "$ref": "#/$defs/utc" } },
                "discarded": { "type": "object", "additionalProperties": { "type": "string" }, "description": "Heartbeats and leases that do not count, and why." }
              }
            }
          }
        }
        """
}
