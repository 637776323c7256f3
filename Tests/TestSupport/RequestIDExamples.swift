/// Ids that callers send in X-Request-Id. nginx and the service must make the same of each.
public enum RequestIDExamples {
    /// They come back.
    public static let taken = [
        "a", "7f3e-_.Z9", "order-7", "shop-1.2_3", String(repeating: "x", count: 64),
        // Counters, snowflakes and trace ids of digits alone.
        "7", "123456", "1541815603606036480", "1234567890123456", "00000000000000000000000000000001",
        "4bf92f3577b34da6a3ce929d0e0e4736", "2f1acc6c-3a0e-4c1e-9b5e-0d6f3f0a9c11",
        "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "req_5551234567", "5551234567a", "-", "._-",
    ]

    /// Another comes in their place.
    public static let replaced = [
        "", "a b", "x\"y", "a/b", "é", "x+1", String(repeating: "a", count: 65), String(repeating: "1", count: 65),
        // A phone, as people write it where it may stand in an id.
        "5551234", "555-1234", "555.123.4567", "1_650_253_0000", "1-650-253-0000", "919876543210", "00919876543210",
        "447911123456-", "-5551234567", "123456789012345", "1.2.3.4.5.6.7", "+16502530000", "(650)2530000",
        "mcfly@hillvalley.edu", "mcfly%40hillvalley.edu",
    ]
}
