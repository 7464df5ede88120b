#include "run/process/command_start.hpp"

#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "quantum/job.hpp"

#include "model/packed_command.hpp"
#include "run/mutant.hpp"
#include "run/output/output_log.hpp"
#include "run/process/command_environment.hpp"
#include "run/process/command_secrets.hpp"
#include "run/process/identity.hpp"
#include "run/process/system_limits.hpp"

namespace quantum::run {
namespace {

/// A sealed file in memory that reads as `text`: the whole input is there before the child is, so
/// nothing has to be fed, and a child that does not read it costs nobody a signal.
Result<base::FileDescriptor> input_file(const std::string& text) {
    base::FileDescriptor file(memfd_create("input", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    std::size_t written = 0;
    while (file && written < text.size()) {
        const ssize_t put = write(file.get(), text.data() + written, text.size() - written);
        if (put < 0 && errno != EINTR) break;
        if (put > 0) written += static_cast<std::size_t>(put);
    }
    if (!file || written < text.size() || lseek(file.get(), 0, SEEK_SET) < 0 ||
        fcntl(file.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) <
            0) {
        return fail(ErrorCode::io_error,
                    "cannot prepare standard input: " + std::generic_category().message(errno));
    }
    return file;
}

/// Again: it may be back.
Result<base::FileDescriptor> open_null_input() {
    base::FileDescriptor file(open(null_device, O_RDONLY | O_CLOEXEC));
    if (!file) {
        return fail(ErrorCode::io_error,
                    std::string("cannot open ") + null_device +
                        " for standard input: " + std::generic_category().message(errno));
    }
    return file;
}

/// As the kernel takes them, after those of `list`. `own`: what held before this program raised its
/// own.
std::vector<SpawnLimit> limits_of(const ResourceLimits& limits,
                                  const std::optional<DescriptorLimit>& own,
                                  std::vector<SpawnLimit> list) {
    // Between the soft limit, which can be caught, and the end.
    constexpr std::uint64_t seconds_to_end = 5;
    if (mutated(RunMutant::limits_not_set)) return list;
    const auto add = [&](int resource, const std::optional<std::uint64_t>& most) {
        if (most) list.push_back({resource, *most, *most});
    };
    add(RLIMIT_AS, limits.address_space);
    if (limits.cpu_seconds) {
        list.push_back({RLIMIT_CPU, *limits.cpu_seconds, *limits.cpu_seconds + seconds_to_end});
    }
    if (limits.open_files) {
        add(RLIMIT_NOFILE, limits.open_files);
    } else if (own) {
        list.push_back({RLIMIT_NOFILE, own->soft, own->hard});
    }
    add(RLIMIT_NPROC, limits.processes);
    add(RLIMIT_FSIZE, limits.file_size);
    add(RLIMIT_CORE, limits.core_size);
    return list;
}

}  // namespace

Result<StartedCommand> start_command(const ChildContext& context, const Execution& execution,
                                     StartHandle& handle) {
    const model::CommandView view = *model::CommandView::of(execution.job->task());
    const Command& command = view.common();
    const ChildRunnerOptions& options = context.options;
    StartedCommand started;
    SpawnRequest request;
    if (!command.user.empty() || !command.group.empty()) {
        auto identity = identity_of(command, context.allowed.get());
        if (!identity) return tl::unexpected(std::move(identity).error());
        request.identity = std::move(*identity);
    }
    started.user = request.identity ? request.identity->user : getuid();
    auto secrets =
        read_secrets(command, options.secrets_directory,
                     request.identity ? std::optional(request.identity->user) : std::nullopt);
    // It is open before the loop writes to it.
    if (view.output_file() && !mutated(RunMutant::output_file_opened_late))
        OutputLog::of(*view.output_file())->prepare();
    // Files may hang as well as a child; who has hung so long may find nothing else left.
    if (handle.is_given_up()) return fail(ErrorCode::unavailable, "the start was given up");
    if (!secrets) return tl::unexpected(std::move(secrets).error());
    started.masked = std::move(secrets->masked);
    EnvironmentSources sources{command,           execution, options.node,
                               context.scheduler, {},        secrets->variables};
    if (request.identity) sources.account = request.identity->environment;
    request.environment = command_environment(sources);
    request.arguments = view.argv();
    if (mutated(RunMutant::words_through_shell)) {
        std::string line;
        for (const std::string& word : request.arguments) line += word + ' ';
        request.arguments = {"/bin/sh", "-c", line};
    }
    if (!request.arguments.empty()) {
        request.candidates = program_candidates(request.arguments[0], request.environment);
    }
    request.working_directory = command.working_directory;
    request.or_in_root = command.or_in_root;
    request.file_mode_mask = command.file_mode_mask;
    request.nice = command.nice;
    request.limits =
        limits_of(command.limits, options.descriptor_limit,
                  options.fresh_scheduling ? system_limits() : std::vector<SpawnLimit>());
    request.new_privileges = command.new_privileges;
    request.fresh_scheduling = options.fresh_scheduling;
    if (!options.control_group.empty()) {
        auto group = ControlGroup::make(
            options.control_group, execution.id.text() + '.' + std::to_string(execution.attempt));
        if (!group) return tl::unexpected(std::move(group).error());
        started.control_group.emplace(std::move(*group));
        request.control_group = started.control_group->processes();
    }
    request.clock = &context.clock;
    request.handle = &handle;
    request.input = context.null_input.get();
    base::FileDescriptor input;
    const auto text = view.input();
    if (text || !context.null_input) {
        auto file = text ? input_file(*text) : open_null_input();
        if (!file) return tl::unexpected(std::move(file).error());
        input = std::move(*file);
        request.input = input.get();
    }
    auto child = spawn(request);
    if (!child) return tl::unexpected(std::move(child).error());
    started.child = std::move(*child);
    return started;
}

}  // namespace quantum::run
