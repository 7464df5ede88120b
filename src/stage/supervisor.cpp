#include "quantum/stages/supervisor.hpp"

#include <string>
#include <utility>

namespace quantum {

namespace {

/// What `command` answers on the supervisor's turn, or why it was not asked.
template <class Command>
Status tell(const std::shared_ptr<detail::StageCell>& cell, Duration timeout, Command command) {
    auto done = detail::ask_cell<Status>(
        cell, timeout, [command = std::move(command)](detail::StageCell& receiver) mutable {
            return command(static_cast<detail::SupervisorCell&>(receiver));
        });
    if (!done) return tl::unexpected(std::move(done).error());
    return *std::move(done);
}

}  // namespace

Status SupervisorRef::add_child(ChildSpec spec, Duration timeout) const {
    return tell(cell_, timeout, [spec = std::move(spec)](detail::SupervisorCell& cell) mutable {
        return cell.add_child(std::move(spec));
    });
}

Status SupervisorRef::stop_child(std::string_view id, Duration timeout) const {
    return detail::ask_cell_later<void>(
        cell_, timeout, [id = std::string(id)](detail::StageCell& receiver, From<void> from) {
            static_cast<detail::SupervisorCell&>(receiver).stop_child(id, std::move(from));
        });
}

Status SupervisorRef::restart_child(std::string_view id, Duration timeout) const {
    return tell(cell_, timeout, [id = std::string(id)](detail::SupervisorCell& cell) {
        return cell.restart_child(id);
    });
}

Status SupervisorRef::remove_child(std::string_view id, Duration timeout) const {
    return tell(cell_, timeout, [id = std::string(id)](detail::SupervisorCell& cell) {
        return cell.remove_child(id);
    });
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
