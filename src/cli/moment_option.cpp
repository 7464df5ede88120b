#include "cli/moment_option.hpp"

#include <utility>

#include "cli/now.hpp"
#include "config/diagnostic.hpp"
#include "config/local_zone.hpp"

namespace quantum::cli {

Result<std::optional<WallTime>> moment_of(const std::string& option, const std::string& text,
                                          PeriodSide side, const times::MomentContext& context) {
    if (text.empty()) return std::optional<WallTime>();
    auto moment = times::parse_moment(text, context);
    if (!moment) return tl::unexpected(std::move(moment).error().within(option));
    return std::optional(side == PeriodSide::start ? moment->as_start() : moment->as_end());
}

Result<const zone::Zone*> zone_option(const std::string& name) {
    const zone::Zone* const zone = zone::Zone::named(config::zone_or_local(name));
    // A machine whose own zone is not in its data shows UTC.
    if (zone == nullptr && !name.empty()) {
        return fail(ErrorCode::invalid_argument,
                    "--tz: '" + config::printable(name) + "' is not a known time zone");
    }
    return zone;
}

Result<times::MomentContext> moment_context(const std::string& zone, times::Tense tense) {
    const auto known = zone_option(zone);
    if (!known) return tl::unexpected(known.error());
    const auto current = now();
    if (!current) return tl::unexpected(current.error());
    return times::MomentContext{*current, *known, tense};
}

Result<WallTime> start_of(const std::string& text, const std::string& zone) {
    const auto context = moment_context(zone, times::Tense::future);
    if (!context) return tl::unexpected(context.error());
    const auto moment = moment_of("--from", text, PeriodSide::start, *context);
    if (!moment) return tl::unexpected(moment.error());
    return moment->value_or(context->now);
}

}  // namespace quantum::cli
