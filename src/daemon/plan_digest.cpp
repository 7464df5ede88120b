#include "daemon/plan_digest.hpp"

namespace quantum::daemon {

plan::Digest plan_digest(const DesiredJobs& wanted, std::span<const StoredJob> known) {
    plan::Digest digest;
    digest.add_option("read_as", wanted.read_as);
    for (const WantedFile& file : wanted.files) digest.add_file(file.path, file.fingerprint);
    digest.add_jobs(known);
    return digest;
}

}  // namespace quantum::daemon
