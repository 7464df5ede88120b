#include "server/event_routes.hpp"

#include <algorithm>
#include <utility>

#include "base/json_text.hpp"

namespace quantum::server {
namespace {

constexpr Duration longest_wait = std::chrono::seconds(30);
constexpr std::size_t most_waiting = 64;

bool is_wanted(const EventLog::Event& event, const std::vector<std::string_view>& kinds,
               const std::optional<std::string_view>& job) {
    return (!job || event.job == *job) &&
           (kinds.empty() || std::find(kinds.begin(), kinds.end(), event.kind) != kinds.end());
}

}  // namespace

bool EventRoutes::answer(const CallRef& call, const std::string& after, bool waits) {
    const auto limit =
        static_cast<std::size_t>(call->number("limit", 1, most_rows).value_or(usual_rows));
    const auto found =
        after.empty() ? std::optional(context_.log.all()) : context_.log.after(after);
    std::string body;
    base::JsonObject members(body);
    members.key("events");
    base::JsonArray list(body);
    const auto kinds = call->queries("kind");
    const auto job = call->query("job");
    std::string next = context_.log.end();
    std::size_t count = 0;
    if (found) {
        for (const EventLog::Event* event : *found) {
            if (!is_wanted(*event, kinds, job)) continue;
            if (count == limit) break;
            list.element();
            body += event->json;
            ++count;
            next = context_.log.place(event->number);
        }
        if (count < limit) next = context_.log.end();
    }
    if (count == 0 && found && waits) return false;
    list.end();
    members.text("next", next);
    // What was there is gone, or this is another life of the daemon.
    if (!found) members.boolean("reset", true);
    members.end();
    call->answer(200, std::move(body));
    return true;
}

void EventRoutes::events(const CallRef& call) {
    const auto wait = call->duration("wait");
    static_cast<void>(call->number("limit", 1, most_rows));
    if (wait && *wait > longest_wait) call->refuse("?wait", "wait must be at most 30s");
    if (call->has_failed()) return;
    const auto place = call->query("after");
    // "now" is where nothing has happened yet.
    const std::string after = place == "now" ? context_.log.end() : std::string(place.value_or(""));
    const bool waits = wait && *wait > Duration::zero();
    if (answer(call, after, waits)) return;
    if (waiting_.size() >= most_waiting) {
        return call->fail(ProblemKind::slow_down, "Too many wait for events.");
    }
    waiting_.push_back({call, after});
    context_.calls.loop()->after(*wait, [this, late = std::weak_ptr<Call>(call), after] {
        const CallRef waiting = late.lock();
        if (waiting != nullptr && !waiting->is_answered()) {
            static_cast<void>(answer(waiting, after, false));
        }
        std::erase_if(waiting_, [](const Waiting& one) { return one.call->is_answered(); });
    });
}

void EventRoutes::look() {
    std::erase_if(waiting_, [this](const Waiting& one) {
        return one.call->is_answered() || answer(one.call, one.after, true);
    });
}

}  // namespace quantum::server
