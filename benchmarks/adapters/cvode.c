/* Patients through infusions by SUNDIALS CVODE (or CVODES, which holds the same integrator)
   with KLU. Compiled together with the printed rates.c. */
#include <string.h>
#ifdef HAVE_CVODES
#include <cvodes/cvodes.h>
#else
#include <cvode/cvode.h>
#endif
#include <nvector/nvector_serial.h>
#include <sunlinsol/sunlinsol_klu.h>
#include <sunmatrix/sunmatrix_sparse.h>

void rates(const double *y, const double *c, double u, double *out);
void jacobian(const double *y, const double *c, double u, double *out);

typedef struct {
  const double *c;
  double u;
  long entries, states;
  const long *rows, *starts;
} Data;

static int slope(double t, N_Vector y, N_Vector out, void *user)
{
  Data *d = user;
  (void)t;
  rates(NV_DATA_S(y), d->c, d->u, NV_DATA_S(out));
  return 0;
}

static int matrix(double t, N_Vector y, N_Vector fy, SUNMatrix J, void *user, N_Vector a,
                  N_Vector b, N_Vector e)
{
  Data *d = user;
  (void)t, (void)fy, (void)a, (void)b, (void)e;
  for (long i = 0; i <= d->states; i++) SM_INDEXPTRS_S(J)[i] = d->starts[i];
  for (long i = 0; i < d->entries; i++) SM_INDEXVALS_S(J)[i] = d->rows[i];
  jacobian(NV_DATA_S(y), d->c, d->u, SM_DATA_S(J));
  return 0;
}

#define TRY(call) if ((flag = (call)) < 0) goto end

/* inflow[i] runs in the segments that are on; out is (patients, times, states). */
int follow(long patients, long states, long constants, long entries, long segments, long n_times,
           const double *y0, const double *c, const double *inflow, const double *edges,
           const char *on, const double *times, const long *rows, const long *starts, double rtol,
           const double *atol, double *out, long *steps)
{
  int flag = 0;
  SUNContext context;
#if SUNDIALS_VERSION_MAJOR >= 7
  SUNContext_Create(SUN_COMM_NULL, &context);
#else
  SUNContext_Create(NULL, &context);
#endif
  N_Vector y = N_VNew_Serial(states, context), tolerance = N_VNew_Serial(states, context);
  SUNMatrix J = SUNSparseMatrix(states, states, entries, CSC_MAT, context);
  SUNLinearSolver solver = SUNLinSol_KLU(y, J, context);
  void *memory = CVodeCreate(CV_BDF, context);
  Data d = {c, 0.0, entries, states, rows, starts};
  memcpy(NV_DATA_S(tolerance), atol, states * sizeof(double));
  memcpy(NV_DATA_S(y), y0, states * sizeof(double));
  SUNLinSol_KLUSetOrdering(solver, 0);
  TRY(CVodeInit(memory, slope, edges[0], y));
  TRY(CVodeSVtolerances(memory, rtol, tolerance));
  TRY(CVodeSetUserData(memory, &d));
  TRY(CVodeSetLinearSolver(memory, solver, J));
  TRY(CVodeSetJacFn(memory, matrix));
  TRY(CVodeSetMaxNumSteps(memory, 1000000));
  *steps = 0;
  for (long p = 0; p < patients; p++) {
    long k = 0, taken;
    double t = edges[0];
    d.c = c + p * constants;
    memcpy(NV_DATA_S(y), y0 + p * states, states * sizeof(double));
    for (long s = 0; s < segments; s++) {
      const double end = edges[s + 1];
      d.u = on[s] ? inflow[p] : 0.0;
      TRY(CVodeReInit(memory, edges[s], y));
      TRY(CVodeSetStopTime(memory, end));
      for (; k < n_times && times[k] <= end; k++) {
        TRY(CVode(memory, times[k], y, &t, CV_NORMAL));
        memcpy(out + (p * n_times + k) * states, NV_DATA_S(y), states * sizeof(double));
      }
      if (t < end) TRY(CVode(memory, end, y, &t, CV_NORMAL));
      CVodeGetNumSteps(memory, &taken);
      *steps += taken;
    }
  }
end:
  CVodeFree(&memory);
  SUNLinSolFree(solver);
  SUNMatDestroy(J);
  N_VDestroy(y);
  N_VDestroy(tolerance);
  SUNContext_Free(&context);
  return flag < 0 ? flag : 0;
}
