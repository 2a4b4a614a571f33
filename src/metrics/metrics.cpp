#include "metrics/metrics.hpp"

#include <prometheus/gauge.h>
#include <prometheus/text_serializer.h>

#include "metrics/process.hpp"

namespace evalx::metrics {
namespace {

using Families = std::vector<prometheus::MetricFamily>;

void append(Families& all, const Families& more) {
  all.insert(all.end(), more.begin(), more.end());
}

}  // namespace

Metrics::Metrics(const BuildInfo& build) {
  prometheus::BuildGauge()
      .Name("evalx_build_info")
      .Help("The running build; always 1.")
      .Register(registry_)
      .Add({{"version", build.version}, {"commit", build.commit}})
      .Set(1);
}

Task<std::string> Metrics::text() {
  Families families = registry_.Collect();
  for (const Source& source : sources_) {
    const Figures figures = co_await source();
    append(families, figures.families());
  }
  append(families, process_figures().families());
  co_return prometheus::TextSerializer{}.Serialize(families);
}

}  // namespace evalx::metrics
