import Wire

/// An interceptor that has to wait before it lets a call in, and which one is next.
struct PendingAdmission {
  let work: Admission.Work
  let nextInterceptor: Int
}
