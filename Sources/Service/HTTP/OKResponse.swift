import FastCGI

extension Response {
    /// 200 with a JSON object. No cache may keep it: it holds personal data, or changes any moment.
    static func ok(_ body: (inout JSONWriter) -> Void) -> Response {
        Response(
            status: 200, reason: "OK", headers: [("Content-Type", "application/json"), ("Cache-Control", "no-store")],
            body: JSONWriter.object(body))
    }
}
