// Each class is timed by a contract whose loop does little else, run with one count of turns and with twice as many:
// the difference has no beginning and no end in it.
#include "cli/calibration.hpp"

#include "cli/failure.hpp"
#include "cli/modules.hpp"

#include "engine/code/code.hpp"
#include "engine/text/wat.hpp"
#include "host_abi/transaction.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <memory>
#include <string>
#include <string_view>

namespace detent::cli {

namespace {

constexpr std::string_view kBefore = R"((module
  (import "detent_v1" "input" (func $input (param i32 i32) (result i32)))
  (import "detent_v1" "output" (func $output (param i32 i32)))
  (import "detent_v1" "block_height" (func $block_height (result i64)))
  (import "detent_v1" "storage_has" (func $storage_has (param i32 i32) (result i32)))
  (import "detent_v1" "storage_write" (func $storage_write (param i32 i32 i32 i32)))
  (import "detent_v1" "transient_write" (func $transient_write (param i32 i32 i32 i32)))
  (import "detent_v1" "event" (func $event (param i32 i32 i32 i32)))
  (import "detent_v1" "call" (func $call (param i32 i32 i64 i32 i32 i64 i32) (result i32)))
  (import "detent_v1" "create" (func $create (param i32 i32 i64 i64 i32 i32 i64 i32 i32) (result i32)))
  (import "detent_v1" "sha256" (func $sha256 (param i32 i32 i32 i32) (result i32)))
  (import "detent_v1" "ed25519_verify" (func $ed25519_verify (param i32 i32 i32 i32 i32 i32) (result i32)))
  (type $function (func))
  (type $structure (struct (field (mut i32))))
  (type $array (array (mut i32)))
  (memory 1)
  (table $table 16 funcref)
  (elem (table $table) (i32.const 0) func $nothing)
  (tag $tag)
  (global $global (mut i32) (i32.const 1))
  ;; RFC 8032, 7.1, test 1: the public key, and the signature of no byte.
  (data (i32.const 256)
    "\d7\5a\98\01\82\b1\0a\b7\d5\4b\fe\d3\c9\64\07\3a\0e\e1\72\f3\da\a6\23\25\af\02\1a\68\f7\07\51\1a"
    "\e5\56\43\00\c3\60\ac\72\90\86\e2\cc\80\6e\82\8a\84\87\7f\1e\b8\e5\d9\74\d8\73\e0\65\22\49\01\55"
    "\5f\b8\82\15\90\a3\3b\ac\c6\1e\39\70\1c\f9\b4\6b\d2\5b\f5\f0\59\5b\be\24\65\51\41\43\8e\7a\10\0b")
  ;; The least module.
  (data (i32.const 512) "\00asm\01\00\00\00")
  (data $data "passive")
  (func $nothing)
  (func $returns return)
  (func (export "call")
    (local $n i32) (local $i i32) (local $k i32) (local $p i32) (local $j i64) (local $m i64)
    (local $y f64) (local $z f64) (local $w v128) (local $small anyref) (local $callee (ref null $function))
    (local $object (ref null $structure)) (local $row (ref null $array))
    (drop (call $input (i32.const 0) (i32.const 4)))
    (local.set $n (i32.load (i32.const 0)))
    (local.set $i (i32.const 5))
    (local.set $k (i32.const 3))
    (local.set $p (i32.const 64))
    (local.set $j (i64.const 0x123456789abcdef))
    (local.set $m (i64.const 7))
    (local.set $y (f64.const 1.5))
    (local.set $z (f64.const 12345.678))
    (local.set $w (v128.const f32x4 1.5 2.5 -3.5 1e9))
    (local.set $small (ref.i31 (i32.const 1)))
    (local.set $callee (ref.func $nothing))
    (local.set $object (struct.new $structure (i32.const 1)))
    (local.set $row (array.new $array (i32.const 1) (i32.const 8)))
    (loop $again
)";
constexpr std::string_view kBehind = R"(      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))
)";
constexpr int kPieces = 8;
/// Twice as many are a number of 32 bits.
constexpr std::uint32_t kMostTurns = 1'000'000'000;
const std::string kWhere = "calibration";

struct Kernel {
    WorkClass work_class;
    std::string_view piece;
};

constexpr Kernel kKernels[] = {
#define KERNEL(work_class, piece) {WorkClass::work_class, piece},
#include "cli/calibration_kernels.def"
#undef KERNEL
};

constexpr bool has_all_classes() noexcept {
    for (std::size_t i = 0; i < std::size(kKernels); ++i) {
        if (static_cast<std::size_t>(kKernels[i].work_class) != i) return false;
    }
    return std::size(kKernels) == kWorkClassCount;
}
static_assert(has_all_classes(), "one kernel for each class, in the order of work_classes.def");

const Profile& profile() { return published_profile(Profile::kDefault); }

std::vector<std::uint8_t> module_of(std::string_view piece) {
    std::string source(kBefore);
    for (int i = 0; i < kPieces; ++i)
        (source += piece) += '\n';
    source += kBehind;
    return take(text::parse_module(source), kWhere).bytes;
}

using Clock = std::chrono::steady_clock;

/// Nanoseconds of an action.
template <class Action>
double timed(Action action) {
    const Clock::time_point begin = Clock::now();
    action();
    return std::chrono::duration<double, std::nano>(Clock::now() - begin).count();
}

/// Something that is done so many times over, and what that takes.
class Subject {
  public:
    Subject() = default;
    Subject(const Subject&) = delete;
    Subject& operator=(const Subject&) = delete;
    virtual ~Subject() = default;

    struct Cost {
        double nanoseconds = 0;
        std::uint64_t fuel = 0;
    };
    [[nodiscard]] virtual Cost run(Tier tier, std::uint32_t turns) = 0;
    /// Fails where so many turns do not end as they should.
    virtual void prove(std::uint32_t) {}
};

/// A contract on a state of its own. What is timed never settles, so that the state stays as it was.
class ContractSubject final : public Subject {
  public:
    ContractSubject(const Schedule& schedule, std::string_view piece) : schedule_(schedule) {
        const std::vector<std::uint8_t> module = module_of(piece);
        const Hash hash = take(state_.add_code(module), kWhere);
        address_.bytes[0] = 0xCA;
        require_ok(state_.set_account(address_, Account{0, hash}), kWhere);
    }

    [[nodiscard]] Cost run(Tier tier, std::uint32_t turns) override {
        const Input input = input_of(turns);
        Transaction transaction = begin(tier, input);
        Progress progress = Progress::exhausted;
        const double nanoseconds = timed([&] { progress = take(transaction.run(), kWhere); });
        if (progress != Progress::ended) throw Failure(ExitCode::fault, kWhere, "a program does not end");
        return {nanoseconds, transaction.used().units()};
    }

    /// The last that is done with it: this settles.
    void prove(std::uint32_t turns) override {
        const Input input = input_of(turns);
        Transaction transaction = begin(Tier::stepper, input);
        static_cast<void>(take(transaction.run(), kWhere));
        const Receipt receipt = take(transaction.settle(), kWhere);
        if (receipt.outcome == Outcome::Success) return;
        throw Failure(ExitCode::fault, kWhere, "a program ends with " + std::string(to_text(receipt.outcome)));
    }

  private:
    using Input = std::array<std::uint8_t, 4>;

    [[nodiscard]] static Input input_of(std::uint32_t turns) noexcept {
        Input input;
        for (unsigned i = 0; i < input.size(); ++i)
            input[i] = static_cast<std::uint8_t>(turns >> (8 * i));
        return input;
    }

    [[nodiscard]] Transaction begin(Tier tier, const Input& input) {
        TransactionInput request;
        request.to = address_;
        request.input = input;
        request.fuel_limit = Fuel::maximum();
        Transaction transaction = take(
            Transaction::begin(state_, block_, request, schedule_, profile(), request.fuel_limit, &cache_), kWhere);
        transaction.use(tier);
        return transaction;
    }

    const Schedule& schedule_;
    State state_;
    CodeCache cache_;
    Address address_;
    Block block_;
};

/// The module of the contracts, accepted anew each time.
class ActivationSubject final : public Subject {
  public:
    explicit ActivationSubject(const Schedule& schedule)
        : module_(module_of("nop")),
          price_(take(compile(module_, profile()), kWhere)->activation_price(schedule).units()) {}

    [[nodiscard]] Cost run(Tier, std::uint32_t turns) override {
        const double nanoseconds = timed([this, turns] {
            for (std::uint32_t i = 0; i < turns; ++i)
                static_cast<void>(take(compile(module_, profile()), kWhere));
        });
        return {nanoseconds, price_ * turns};
    }

  private:
    std::vector<std::uint8_t> module_;
    std::uint64_t price_;
};

/// A small module, in a store of its own each time.
class InstantiationSubject final : public Subject {
  public:
    explicit InstantiationSubject(const Schedule& schedule)
        : schedule_(schedule),
          code_(take(compile(take(text::parse_module(kModule), kWhere).bytes, profile()), kWhere)) {}

    [[nodiscard]] Cost run(Tier tier, std::uint32_t turns) override {
        std::uint64_t fuel = 0;
        const double nanoseconds = timed([&] {
            for (std::uint32_t i = 0; i < turns; ++i)
                fuel += instantiate(tier);
        });
        return {nanoseconds, fuel};
    }

  private:
    static constexpr std::string_view kModule = "(module (memory 1) (func (export \"call\")))";

    [[nodiscard]] std::uint64_t instantiate(Tier tier) {
        Store store(profile().limits());
        Execution execution =
            take(Execution::instantiate(store, code_, {}, schedule_, Fuel::maximum(), Fuel::maximum()), kWhere);
        execution.use(tier);
        if (take(execution.run(), kWhere) != Ending::returned)
            throw Failure(ExitCode::fault, kWhere, "a module does not instantiate");
        return execution.used().units();
    }

    const Schedule& schedule_;
    std::shared_ptr<const Code> code_;
};

std::unique_ptr<Subject> subject_of(const Kernel& kernel, const Schedule& schedule) {
    if (kernel.work_class == WorkClass::activation) return std::make_unique<ActivationSubject>(schedule);
    if (kernel.work_class == WorkClass::instantiation) return std::make_unique<InstantiationSubject>(schedule);
    return std::make_unique<ContractSubject>(schedule, kernel.piece);
}

/// The least times of one class by one tier, for its turns and twice as many.
struct Point {
    double once = std::numeric_limits<double>::max();
    double twice = std::numeric_limits<double>::max();
};

/// What is measured of one class.
struct Course {
    std::unique_ptr<Subject> subject;
    std::uint32_t turns = 1;
    std::uint64_t fuel = 0;
    std::uint64_t bases = 0;
    std::array<Point, kCalibratedTiers.size()> points;
};

/// The same schedule, but that one base price is greater by 1.
Schedule dearer_in(WorkClass work_class, const Schedule& schedule) {
    constexpr std::size_t kFirstClass = 52;
    std::vector<std::uint8_t> bytes(Schedule::canonical_size());
    schedule.write_canonical(bytes);
    std::size_t at = kFirstClass;
    for (std::size_t i = 0; i < static_cast<std::size_t>(work_class); ++i)
        at += 1 + to_text(static_cast<WorkClass>(i)).size() + 4;
    at += 1 + to_text(work_class).size();
    for (std::size_t i = 0; i < 4; ++i) {
        if (++bytes[at + i] != 0) break;
    }
    Schedule dearer;
    if (Schedule::load(bytes, dearer)) throw Failure(ExitCode::fault, kWhere, "a price does not fit");
    return dearer;
}

/// What so many turns more than so many use, by the stepper.
std::uint64_t fuel_of(Subject& subject, std::uint32_t turns) {
    const std::uint64_t once = subject.run(Tier::stepper, turns).fuel;
    return subject.run(Tier::stepper, 2 * turns).fuel - once;
}

/// As many turns as use about the fuel of the plan; proven on a subject of its own to do what they should.
Course begin_course(const Kernel& kernel, const Schedule& schedule, const CalibrationPlan& plan) {
    Course course;
    course.subject = subject_of(kernel, schedule);
    const std::uint64_t one = fuel_of(*course.subject, 1);
    course.turns = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(plan.fuel / one, 1, kMostTurns));
    course.fuel = fuel_of(*course.subject, course.turns);
    const Schedule dearer = dearer_in(kernel.work_class, schedule);
    course.bases = fuel_of(*subject_of(kernel, dearer), course.turns) - course.fuel;
    subject_of(kernel, schedule)->prove(2 * course.turns);
    return course;
}

void run_round(Course& course) {
    for (std::size_t tier = 0; tier < kCalibratedTiers.size(); ++tier) {
        Point& point = course.points[tier];
        point.once = std::min(point.once, course.subject->run(kCalibratedTiers[tier], course.turns).nanoseconds);
        point.twice = std::min(point.twice, course.subject->run(kCalibratedTiers[tier], 2 * course.turns).nanoseconds);
    }
}

ClassCalibration end_course(const Course& course, WorkClass work_class) {
    ClassCalibration made{work_class, course.fuel, course.bases, {}};
    for (std::size_t tier = 0; tier < kCalibratedTiers.size(); ++tier) {
        const Point& point = course.points[tier];
        made.nanoseconds[tier] = std::max(0.0, point.twice - point.once) / static_cast<double>(course.fuel);
    }
    return made;
}

} // namespace

double Calibration::mean(std::size_t tier) const noexcept {
    double sum = 0;
    for (const ClassCalibration& each : classes)
        sum += each.nanoseconds[tier];
    return sum / static_cast<double>(classes.size());
}

const ClassCalibration& Calibration::worst(std::size_t tier) const noexcept {
    return *std::ranges::max_element(classes, {}, [tier](const auto& each) { return each.nanoseconds[tier]; });
}

Calibration calibrate(const Schedule& schedule, const CalibrationPlan& plan) {
    std::vector<Course> courses;
    for (const Kernel& kernel : kKernels)
        courses.push_back(begin_course(kernel, schedule, plan));
    for (std::uint32_t round = 0; round < plan.rounds; ++round)
        std::ranges::for_each(courses, run_round);
    Calibration calibration;
    for (std::size_t i = 0; i < courses.size(); ++i)
        calibration.classes.push_back(end_course(courses[i], kKernels[i].work_class));
    return calibration;
}

} // namespace detent::cli
