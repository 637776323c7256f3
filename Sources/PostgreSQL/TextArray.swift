/// An array of texts, some of them NULL, as a parameter for `text[]`.
public struct TextArray: ParameterValue {
    private let elements: [String?]

    public init(_ elements: [String?]) {
        self.elements = elements
    }

    /// PostgreSQL 15, 8.15.6 Array Input and Output Syntax.
    public var parameterText: String {
        var text = "{"
        for element in elements {
            if text.utf8.count > 1 { text += "," }
            guard let element else {
                text += "NULL"
                continue
            }
            text += "\""
            for scalar in element.unicodeScalars {
                if scalar == "\"" || scalar == "\\" { text += "\\" }
                text.unicodeScalars.append(scalar)
            }
            text += "\""
        }
        return text + "}"
    }
}
