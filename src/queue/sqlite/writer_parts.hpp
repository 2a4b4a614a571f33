#pragma once
// WriterParts: the objects that all parts of the writer use. The writer owns them.

#include "queue/loop_thread.hpp"
#include "queue/sqlite/health.hpp"
#include "queue/sqlite/job_table.hpp"
#include "queue/sqlite/jobs.hpp"

namespace evalx::queue::sqlite {

struct WriterParts {
  LoopThread& thread;
  Database& database;
  JobTable& table;
  const Clock& clock;
  Health& health;
  Jobs& jobs;
};

}  // namespace evalx::queue::sqlite
