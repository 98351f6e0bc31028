#include <sqlite3.h>

/// SQLite's "copy the bytes now" destructor, a cast that Swift cannot import.
static inline sqlite3_destructor_type sluice_sqlite_transient(void) { return SQLITE_TRANSIENT; }
