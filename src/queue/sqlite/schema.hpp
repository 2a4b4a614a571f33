#pragma once
// Schema: the tables of the database, as SQL.

namespace evalx::queue::sqlite {

inline constexpr int kSchemaVersion = 1;
/// Makes the tables of that version in an empty database.
extern const char* const kSchema;
/// Makes the tables that were added later, if they are missing, and mends what an older evalx, which
/// does not know them, has left there. Run at every start.
extern const char* const kAdditions;

}  // namespace evalx::queue::sqlite
