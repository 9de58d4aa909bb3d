EVENT_JOB_MAX_INSTANCES: int

class JobSubmissionEvent:
    job_id: str
