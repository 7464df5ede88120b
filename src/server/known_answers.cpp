#include "server/known_answers.hpp"

#include <functional>
#include <utility>

#include "server/mutant.hpp"

namespace quantum::server {

std::string KnownAnswers::name_of(const std::string& actor, const std::string& key) {
    if (mutated(ServerMutant::key_of_anybody)) return key;
    return actor + '\n' + key;
}

void KnownAnswers::forget_old(BootTime now) {
    while (!order_.empty() && (order_.size() > most || now - order_.front().first >= kept)) {
        const auto known = known_.find(order_.front().second);
        // A later request may have the same key again.
        if (known != known_.end() && known->second.at == order_.front().first) known_.erase(known);
        order_.pop_front();
    }
}

KnownAnswers::Found KnownAnswers::find(const std::string& actor, const std::string& key,
                                       const std::string& request, BootTime now, Response& answer) {
    forget_old(now);
    const std::string name = name_of(actor, key);
    const std::size_t hash = std::hash<std::string>{}(request);
    const auto known = known_.find(name);
    if (known == known_.end() || mutated(ServerMutant::key_forgotten)) {
        known_[name] = {hash, now, {}};
        order_.emplace_back(now, name);
        return Found::nothing;
    }
    if (known->second.request != hash && !mutated(ServerMutant::body_of_key_not_compared)) {
        return Found::reused;
    }
    if (!known->second.answer) return Found::under_way;
    answer = *known->second.answer;
    return Found::answer;
}

void KnownAnswers::settle(const std::string& actor, const std::string& key,
                          const Response& response) {
    const auto known = known_.find(name_of(actor, key));
    if (known == known_.end()) return;
    if (response.status >= 500 || response.status == 429) {
        known_.erase(known);
    } else {
        known->second.answer = response;
    }
}

}  // namespace quantum::server
