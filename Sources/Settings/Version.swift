/// Of identityd, as `--version` and the metrics say it (Semantic Versioning 2.0.0).
public let version = "0.1.0"
