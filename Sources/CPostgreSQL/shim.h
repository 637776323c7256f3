// libpq's header, and nothing of our own: Swift can call all of it that we use.
#include <libpq-fe.h>
