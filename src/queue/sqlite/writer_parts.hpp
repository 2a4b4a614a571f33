#pragma once
// WriterParts: what the objects on the writer's thread share. The writer owns all of it.

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
