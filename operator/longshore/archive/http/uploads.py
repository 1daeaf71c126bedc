"""How a step's files come in over HTTP. Owns paths and status codes; where files go is the store's.

    HEAD /v1/steps/{run_uid}/{step}/{attempt}/artifacts/{path}?size=N&sha256=HEX
        200 with `Upload-Offset: <bytes that are here>`; N once the whole file is. 422: see below.
    PUT  the same, with `&offset=N`, `&executable=true` where it is, and the bytes from there on
        204 once the whole file is here and its sha256 fits; 409 with `Upload-Offset` where bytes before the
        offset are not; 409 once the attempt is sealed; 413 too large, or too many; 422 not declared (nothing is
        wrong then: leave the file out), a name that can't be, or another sha256 than was said; 507 no room.
        Other content of the same path replaces it.
    POST /v1/steps/{run_uid}/{step}/{attempt}/artifacts/complete
        {"files": [{"path", "size", "sha256"}], "failed": [{"path", "message"}]}
        200 {"missing": [paths to send again]}; all was sent only once this is empty.
    GET  /v1/steps/{run_uid}/{step}/{attempt}/inputs
        200 {"files": [{"step", "index", "path", "size", "sha256", "executable", "url"}]}; `url` is a path of this
        server, of the file's content, with Range and ETag, for the same token.

A connection that breaks loses nothing: HEAD tells where to go on. A file is not seen before all of it is here.
"""
