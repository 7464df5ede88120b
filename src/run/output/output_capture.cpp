#include "run/output/output_capture.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "base/path_walk.hpp"

namespace quantum::run {
namespace {

bool write_at(int file, std::string_view bytes, std::size_t offset) {
    while (!bytes.empty()) {
        const ssize_t put = pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(put));
        offset += static_cast<std::size_t>(put);
    }
    return true;
}

base::PathRules spool_rules() {
    base::PathRules rules = base::own_rules();
    rules.follows_last_link = false;
    return rules;
}

void remove_spool(const std::string& path) {
    if (const auto place = base::FoundPath::find(path, spool_rules())) {
        static_cast<void>(place->remove(place->name()));
    }
}

/// Empty, whatever was there; none where the directory cannot be written to.
base::FileDescriptor make_spool(const std::string& path) {
    auto place = base::FoundPath::find(path, spool_rules());
    if (!place && place.error().code == ErrorCode::not_found &&
        base::open_directory(path.substr(0, path.rfind('/')), base::own_rules(), true)) {
        place = base::FoundPath::find(path, spool_rules());
    }
    if (!place) return {};
    auto file = place->open_or_make_file(O_RDWR, 0600);
    if (!file || ftruncate(file->get(), 0) != 0) return {};
    return std::move(*file);
}

}  // namespace

std::string read_at(int file, std::size_t offset, std::size_t size) {
    std::string bytes(size, '\0');
    std::size_t filled = 0;
    while (filled < size) {
        const ssize_t got =
            pread(file, bytes.data() + filled, size - filled, static_cast<off_t>(offset + filled));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        filled += static_cast<std::size_t>(got);
    }
    bytes.resize(filled);
    return bytes;
}

SpooledOutput::~SpooledOutput() { remove_spool(path_); }

OutputCapture::~OutputCapture() {
    if (file_) remove_spool(path_);
}

bool OutputCapture::open_file() {
    opened_ = true;
    if (path_.empty()) return false;
    file_ = make_spool(path_);
    std::string header(file_mark);
    header.resize(header_size);
    const std::int64_t started = started_.time_since_epoch().count();
    std::memcpy(header.data() + file_mark.size() + sizeof total_, &started, sizeof started);
    if (file_ && !write_at(file_.get(), header, 0)) {
        remove_spool(path_);
        file_.reset();
    }
    return static_cast<bool>(file_);
}

void OutputCapture::put(std::size_t offset, std::string_view bytes) {
    if (file_) {
        if (write_at(file_.get(), bytes, header_size + offset)) return;
        // The disk is full or broken: what is there is saved, the rest is kept in memory.
        memory_ = read_at(file_.get(), header_size, head_limit + tail_limit);
        remove_spool(path_);
        file_.reset();
    }
    if (memory_.size() < offset + bytes.size()) memory_.resize(offset + bytes.size());
    std::memcpy(memory_.data() + offset, bytes.data(), bytes.size());
}

void OutputCapture::write(std::string_view bytes) {
    if (bytes.empty()) return;
    if (!opened_) open_file();
    if (total_ < head_limit) {
        const std::string_view head = bytes.substr(0, head_limit - total_);
        put(total_, head);
        total_ += head.size();
        bytes.remove_prefix(head.size());
    }
    if (bytes.size() > tail_limit) {
        total_ += bytes.size() - tail_limit;
        bytes.remove_prefix(bytes.size() - tail_limit);
    }
    while (!bytes.empty()) {
        const std::size_t place = (total_ - head_limit) % tail_limit;
        const std::string_view part = bytes.substr(0, tail_limit - place);
        put(head_limit + place, part);
        total_ += part.size();
        bytes.remove_prefix(part.size());
    }
    if (file_ && total_ > head_limit + tail_limit) {
        // Eight bytes at once: whoever reads sees the old count or the new one.
        std::string count(sizeof total_, '\0');
        std::memcpy(count.data(), &total_, sizeof total_);
        write_at(file_.get(), count, file_mark.size());
    }
}

CapturedOutput OutputCapture::kept() const {
    if (!file_) return unroll(memory_, total_);
    return unroll(read_at(file_.get(), header_size, head_limit + tail_limit), total_);
}

std::shared_ptr<const CapturedOutput> OutputCapture::so_far() const {
    if (total_ == 0) return nullptr;
    return std::make_shared<const CapturedOutput>(kept());
}

std::shared_ptr<const CapturedOutput> OutputCapture::take() {
    if (total_ == 0 || !file_) return so_far();
    CapturedOutput output = kept();
    file_.reset();
    return std::make_shared<const SpooledOutput>(std::move(output), path_);
}

CapturedOutput unroll(std::string_view kept, std::uint64_t total) {
    constexpr std::size_t head = OutputCapture::head_limit;
    constexpr std::size_t tail = OutputCapture::tail_limit;
    CapturedOutput output;
    output.bytes = total;
    output.head = kept.substr(0, head);
    if (kept.size() <= head) return output;
    const std::string_view ring = kept.substr(head);
    const std::size_t begin = total > head + tail ? (total - head) % tail : 0;
    output.tail.reserve(ring.size());
    output.tail.append(ring.substr(std::min(begin, ring.size())));
    output.tail.append(ring.substr(0, begin));
    return output;
}

std::string spool_path(const std::string& directory, const ExecutionId& id, std::uint32_t attempt) {
    if (directory.empty()) return {};
    return directory + '/' + id.text() + '.' + std::to_string(attempt);
}

}  // namespace quantum::run
