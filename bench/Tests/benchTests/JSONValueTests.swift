import Testing

@testable import bench

@Suite struct JSONValueTests {
    @Test("values print as JSON, members in order")
    func text() {
        let value = JSONValue.object([
            ("b", .array([.integer(1), .number(0.5), .boolean(true)])), ("a", .object([])),
            ("quote \" and \\", .string("line\nend")),
        ])
        let expected = #"""
            {
              "b": [
                1,
                0.5,
                true
              ],
              "a": {},
              "quote \" and \\": "line\u000aend"
            }
            """#
        #expect(value.text == expected)
    }

    @Test("what is no number is null")
    func notANumber() {
        #expect(JSONValue.number(.nan).text == "null")
    }
}
