/// Moments as they are answered: RFC 3339, in UTC, to the microsecond.
enum Timestamp {
    /// SQL, for a column of type timestamptz.
    static func text(of column: String) -> String {
        #"to_char(\#(column) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"#
    }
}
