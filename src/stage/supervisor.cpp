#include "quantum/supervisor.hpp"

#include <utility>

namespace quantum {

Status SupervisorRef::add_child(ChildSpec spec, Duration timeout) const {
    auto added = detail::ask_cell<Status>(
        cell_, timeout, [spec = std::move(spec)](detail::StageCell& receiver) mutable {
            return static_cast<detail::SupervisorCell&>(receiver).add_child(std::move(spec));
        });
    if (!added) return tl::unexpected(std::move(added).error());
    return *std::move(added);
}

Result<std::vector<ChildInfo>> SupervisorRef::children(Duration timeout) const {
    return detail::ask_cell<std::vector<ChildInfo>>(
        cell_, timeout, [](detail::StageCell& receiver) {
            return static_cast<detail::SupervisorCell&>(receiver).children();
        });
}

SupervisorRef prepare_supervisor(StageSystem& system, SupervisorOptions options,
                                 std::vector<ChildSpec> children) {
    return SupervisorRef(
        std::make_shared<detail::SupervisorCell>(system, std::move(options), std::move(children)));
}

Result<SupervisorRef> start_supervisor(StageSystem& system, SupervisorOptions options,
                                       std::vector<ChildSpec> children) {
    SupervisorRef supervisor = prepare_supervisor(system, std::move(options), std::move(children));
    if (Status started = detail::start_registered(system, supervisor.cell(), typeid(SupervisorRef));
        !started) {
        return tl::unexpected(std::move(started).error());
    }
    return supervisor;
}

ChildSpec child(const SupervisorRef& prepared, ChildOptions options) {
    return {prepared.cell(), &typeid(SupervisorRef), std::move(options)};
}

}  // namespace quantum
