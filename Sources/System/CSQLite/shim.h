#include <sqlite3.h>

/// SQLite's "copy the bytes now" destructor, a cast that Swift cannot import.
static inline sqlite3_destructor_type sluice_sqlite_transient(void) { return SQLITE_TRANSIENT; }

/// Statistics of its memory would cost a lock for each allocation (sqlite.org/c3ref/c_config_covering_index_scan.html,
/// SQLITE_CONFIG_MEMSTATUS). Before the first connection.
static inline int sluice_sqlite_prepare(void) { return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }
